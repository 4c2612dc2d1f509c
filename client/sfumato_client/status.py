"""gRPC statuses and broken connections, told as the errors of ``sfumato_client.errors``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

# Importing the messages lets grpclib decode them in a status' details.
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from grpclib.const import Status
from grpclib.exceptions import GRPCError, StreamTerminatedError
from h2.exceptions import ProtocolError as Http2Error

from sfumato_client.errors import (
    Busy,
    Cancelled,
    JobFailed,
    NeedsModel,
    NotFound,
    Protocol,
    Refused,
    SfumatoError,
    Unauthenticated,
    Unavailable,
    VersionMismatch,
)

# What a call can end with when the connection, not the daemon, gave way. asyncio's TimeoutError is
# the builtin one only from Python 3.11 on.
LOST = (
    StreamTerminatedError,
    OSError,
    asyncio.TimeoutError,
    TimeoutError,
    Http2Error,
    EOFError,
)

_BY_STATUS: dict[Status, type[SfumatoError]] = {
    Status.CANCELLED: Cancelled,
    Status.UNKNOWN: JobFailed,
    Status.INVALID_ARGUMENT: Refused,
    Status.DEADLINE_EXCEEDED: Unavailable,
    Status.NOT_FOUND: NotFound,
    Status.ALREADY_EXISTS: Refused,
    Status.PERMISSION_DENIED: Refused,
    Status.RESOURCE_EXHAUSTED: Refused,
    Status.FAILED_PRECONDITION: Refused,
    Status.ABORTED: JobFailed,
    Status.OUT_OF_RANGE: Refused,
    Status.UNIMPLEMENTED: Refused,
    Status.INTERNAL: JobFailed,
    Status.UNAVAILABLE: Unavailable,
    Status.DATA_LOSS: JobFailed,
    Status.UNAUTHENTICATED: Unauthenticated,
}

_BY_REASON: dict[str, type[SfumatoError]] = {
    "NEEDS_MODEL": NeedsModel,
    "VERSION_MISMATCH": VersionMismatch,
}

_BUSY = Status.RESOURCE_EXHAUSTED, Status.UNAVAILABLE
_GOING = Status.UNAVAILABLE, Status.CANCELLED
# The daemon gave up on a line that stood still; the job lives, and another line may flow.
_STALLED = "SENDER_STALLED", "READER_STALLED"


def error_of_status(error: GRPCError) -> SfumatoError:
    """Tell a gRPC status as one of our errors, with the daemon's sentence and reason."""
    details = tuple(error.details or ())
    reason = _reason(details)
    if error.status is Status.CANCELLED and not reason:
        # Nobody here cancelled: a daemon that goes down ends what it has not answered yet.
        return Unavailable("The daemon is going down. Start it again with `sfumato serve`.")
    kind = _BY_REASON.get(reason) or _BY_STATUS.get(error.status, Protocol)
    if error.status in _BUSY and _of_type(details, RetryInfo):
        kind = Busy
    return kind(_sentence(error, details), reason)


def error_of_loss(error: BaseException, address: str) -> Unavailable:
    """Tell a broken or impossible connection as ``Unavailable``."""
    if isinstance(error, ConnectionRefusedError):
        return Unavailable(
            f"No Sfumato daemon answers at {address}. Start it with `sfumato serve`."
        )
    if isinstance(error, (asyncio.TimeoutError, TimeoutError)):
        return Unavailable(
            f"The daemon at {address} does not answer. It may be frozen or unreachable; try again, "
            "or restart it."
        )
    return Unavailable(f"The connection to the daemon at {address} broke ({_cause(error)}).")


def is_loss(error: BaseException) -> bool:
    """Whether trying again over a new connection may help."""
    if isinstance(error, GRPCError):
        # A daemon that says no gives a reason; without one it is going down, or gone.
        reason = _reason(error.details or ())
        return reason in _STALLED or (not reason and error.status in _GOING)
    return isinstance(error, LOST)


def _sentence(error: GRPCError, details: Iterable[Any]) -> str:
    message = error.message or f"The daemon answered {error.status.name}."
    fields = [
        violation.description or violation.field
        for bad in _of_type(details, BadRequest)
        for violation in bad.field_violations
    ]
    extra = "; ".join(field for field in fields if field and field not in message)
    return f"{message} ({extra})" if extra else message


def _reason(details: Iterable[Any]) -> str:
    return next((info.reason for info in _of_type(details, ErrorInfo)), "")


def _of_type(details: Iterable[Any], kind: type[Any]) -> list[Any]:
    return [detail for detail in details if isinstance(detail, kind)]


def _cause(error: BaseException) -> str:
    return str(error) or type(error).__name__
