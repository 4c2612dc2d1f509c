"""Errors as sentences and exit codes: 2 for what another command line mends, 1 for what failed."""

from __future__ import annotations

from sfumato_client.errors import NeedsModel, NotFound, Refused, SfumatoError, VersionMismatch

FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130
_BAD_INPUT = (Refused, NeedsModel, NotFound, VersionMismatch)


class BadInput(Refused):
    """The command line asks for something that cannot be."""


def exit_code(error: Exception) -> int:
    """The exit code for an expected error."""
    return BAD_INPUT if isinstance(error, _BAD_INPUT) else FAILED


def sentence(error: Exception) -> str:
    """An expected error for a person."""
    match error:
        case SfumatoError(message=message):
            return message
        case OSError(filename=filename, strerror=reason):
            return f"{filename or 'The file system'}: {reason or error}."
        case MemoryError():
            return "There is not enough memory for a picture of this size."
    return str(error)
