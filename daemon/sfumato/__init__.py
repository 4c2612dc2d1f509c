"""The Sfumato daemon and the ``sfumato`` command."""

__version__ = "0.1.0"
