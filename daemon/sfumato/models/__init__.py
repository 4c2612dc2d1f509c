"""Which models there are, what each can do, and how it is loaded.

What the daemon needs to list and choose models is read from JSON and TOML without torch; only
``models.loading`` imports it, and only engine hosts import that.
"""
