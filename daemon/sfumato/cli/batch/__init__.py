"""``sfumato batch``: many edits, each done once."""
