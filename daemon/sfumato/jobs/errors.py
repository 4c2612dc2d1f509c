"""What can be wrong with a question about jobs: a stable code, and a sentence for a person."""

from __future__ import annotations

from typing import ClassVar


class JobsError(Exception):
    """Something is wrong with a request to the jobs; ``code`` is stable, ``message`` a sentence."""

    code: ClassVar[str]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UnknownJob(JobsError):
    """There is no such job of this owner."""

    code = "UNKNOWN_JOB"


class InputsGone(JobsError):
    """The job is known, but its pictures are no longer kept."""

    code = "INPUTS_GONE"


class NotEnded(JobsError):
    """The job still waits or runs."""

    code = "JOB_NOT_ENDED"


class DuplicateKey(JobsError):
    """The owner has used this request id for another request."""

    code = "REQUEST_ID_REUSED"


class QueueFull(JobsError):
    """The owner has as many jobs waiting as one may have."""

    code = "TOO_MANY_JOBS"


class NotWaiting(JobsError):
    """Only waiting jobs can be changed like this."""

    code = "NOT_WAITING"


class CannotMove(JobsError):
    """The two jobs have no order among themselves."""

    code = "CANNOT_MOVE"


class UnknownHost(JobsError):
    """No engine host has this name."""

    code = "UNKNOWN_HOST"


class LastHost(JobsError):
    """An engine would be left without a host."""

    code = "LAST_HOST"


class SpoolFull(JobsError):
    """There is no room for the job's pictures."""

    code = "SPOOL_FULL"


class JournalUnusable(JobsError):
    """The daemon cannot start with the journal that is there."""

    code = "JOURNAL_UNUSABLE"


class NotWrittenDown(JobsError):
    """The journal cannot be written to."""

    code = "JOURNAL_NOT_WRITABLE"


class ShuttingDown(JobsError):
    """The daemon takes no new jobs."""

    code = "SHUTTING_DOWN"


class Draining(JobsError):
    """An admin lets the daemon take no new jobs."""

    code = "DRAINING"
