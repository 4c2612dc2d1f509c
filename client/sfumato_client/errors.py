"""What can go wrong, as types to catch and sentences to show.

Every error's ``message`` is a sentence for the artist; ``reason`` is the daemon's stable code in
UPPER_SNAKE_CASE (``google.rpc.ErrorInfo.reason``), or empty when the client itself found out.
"""

from __future__ import annotations


class SfumatoError(Exception):
    """Something went wrong; the message says what, why, and what to do."""

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason


class Refused(SfumatoError):
    """The edit cannot be done as asked; another selection or parameter can mend it."""


class NeedsModel(SfumatoError):
    """No installed model can do this; one has to be installed."""


class Unauthenticated(SfumatoError):
    """The daemon does not know the token, or is not the one it was when it was joined."""


class VersionMismatch(SfumatoError):
    """Client and daemon speak different versions of the contract; one has to be updated."""


class NotFound(SfumatoError):
    """The daemon does not hold the named job, model, preset or adapter."""


class Unavailable(SfumatoError):
    """The daemon is not running, not reachable, or does not answer."""


class Busy(SfumatoError):
    """The daemon takes no more jobs now; the same request may be taken later."""


class JobFailed(SfumatoError):
    """The engine failed at this job."""


class Cancelled(SfumatoError):
    """The job was cancelled."""


class Protocol(SfumatoError):
    """The other side sent something that the contract forbids; a fault of the software."""
