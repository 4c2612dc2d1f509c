"""Which models there are, what each can do, and how it is loaded.

What the daemon needs to list and choose models is read from JSON, TOML and the headers of weights,
without torch: ``library`` has what is installed, ``catalogue`` what can be had, ``hub`` fetches it.
``loading`` and ``soundness`` import torch, and only engine hosts import them.
"""
