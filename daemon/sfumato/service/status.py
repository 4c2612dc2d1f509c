"""What goes wrong, as a gRPC status: a sentence for a person, details for a program.

The details are those of ``google.rpc``: ``ErrorInfo`` with a stable reason, ``BadRequest`` with the
field's path, ``RetryInfo``.
"""

from __future__ import annotations

from google.protobuf.any_pb2 import Any
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc import StatusCode

from sfumato.jobs.errors import (
    CannotMove,
    Draining,
    DuplicateKey,
    InputsGone,
    JobsError,
    LastHost,
    NotEnded,
    NotWaiting,
    NotWrittenDown,
    QueueFull,
    ShuttingDown,
    SpoolFull,
    UnknownHost,
    UnknownJob,
)

DOMAIN = "sfumato"
DETAILS_KEY = "grpc-status-details-bin"
"""The trailer that carries a ``google.rpc.Status``."""
_LONGEST_SENTENCE = 1000


class Refusal(Exception):
    """A call that ends with an error. ``message`` is a sentence that tells what to do.

    ``reason`` is stable UPPER_SNAKE_CASE; ``field`` the path of the field at fault, if one is;
    ``retry_seconds`` when trying again may help. UNAVAILABLE without a reason is what a lost
    connection looks like: clients come back by themselves.
    """

    def __init__(
        self,
        code: StatusCode,
        reason: str,
        message: str,
        *,
        field: str = "",
        retry_seconds: float | None = None,
    ) -> None:
        # It may quote what the client named, and trailers beyond some kilobytes are not delivered.
        if len(message) > _LONGEST_SENTENCE:
            message = message[: _LONGEST_SENTENCE - 1] + "…"
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.field = field
        self.retry_seconds = retry_seconds

    def details(self) -> bytes:
        """The serialized ``google.rpc.Status``."""
        parts: list[Message] = []
        if self.reason:
            parts.append(ErrorInfo(reason=self.reason, domain=DOMAIN))
        if self.field:
            violation = BadRequest.FieldViolation(field=self.field, description=self.message)
            parts.append(BadRequest(field_violations=[violation]))
        if self.retry_seconds is not None:
            retry = RetryInfo()
            retry.retry_delay.FromMilliseconds(round(self.retry_seconds * 1000))
            parts.append(retry)
        status = Status(code=self.code.value[0], message=self.message)
        for part in parts:
            packed = Any()
            packed.Pack(part)
            status.details.append(packed)
        return bytes(status.SerializeToString())


class Outcome(Refusal):
    """How a job ended, told by the status of the call that followed it: no call was refused."""


def invalid(field: str, message: str, reason: str = "INVALID_ARGUMENT") -> Refusal:
    """The field's value is not allowed."""
    return Refusal(StatusCode.INVALID_ARGUMENT, reason, message, field=field)


def too_much(field: str, message: str, reason: str = "LIMIT_EXCEEDED") -> Refusal:
    """The value is beyond a limit of this daemon."""
    return Refusal(StatusCode.RESOURCE_EXHAUSTED, reason, message, field=field)


def not_found(reason: str, message: str, field: str = "") -> Refusal:
    """What was named does not exist, or not for this owner."""
    return Refusal(StatusCode.NOT_FOUND, reason, message, field=field)


def unsupported(reason: str, message: str, field: str = "") -> Refusal:
    """The model or engine cannot do this."""
    return Refusal(StatusCode.FAILED_PRECONDITION, reason, message, field=field)


def going_away() -> Refusal:
    """The daemon stops; its successor may answer."""
    return Refusal(StatusCode.UNAVAILABLE, "", "The daemon is shutting down.", retry_seconds=2)


_JOBS_ERRORS: dict[type[JobsError], tuple[StatusCode, float | None]] = {
    UnknownJob: (StatusCode.NOT_FOUND, None),
    InputsGone: (StatusCode.NOT_FOUND, None),
    NotEnded: (StatusCode.FAILED_PRECONDITION, None),
    NotWaiting: (StatusCode.FAILED_PRECONDITION, None),
    CannotMove: (StatusCode.FAILED_PRECONDITION, None),
    Draining: (StatusCode.UNAVAILABLE, 60.0),
    UnknownHost: (StatusCode.NOT_FOUND, None),
    LastHost: (StatusCode.FAILED_PRECONDITION, None),
    DuplicateKey: (StatusCode.ALREADY_EXISTS, None),
    QueueFull: (StatusCode.RESOURCE_EXHAUSTED, 10.0),
    SpoolFull: (StatusCode.RESOURCE_EXHAUSTED, 30.0),
    NotWrittenDown: (StatusCode.RESOURCE_EXHAUSTED, 30.0),
}


def of_jobs(error: JobsError) -> Refusal:
    """What the jobs layer refused."""
    if isinstance(error, ShuttingDown):
        return going_away()
    code, retry_seconds = _JOBS_ERRORS[type(error)]
    return Refusal(code, error.code, error.message, retry_seconds=retry_seconds)
