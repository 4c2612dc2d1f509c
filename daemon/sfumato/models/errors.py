"""What can be wrong with a model."""


class UnusableModel(Exception):
    """What was named holds nothing Sfumato can use; the message says why and what to do."""
