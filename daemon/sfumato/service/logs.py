"""The daemon's log on standard error: a line an event, as text or JSON.

Events are a few words with fields (``log.info("accepted", extra={"job": ...})``). No prompt, no
token and no pixel is ever put into one.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from grpc.aio import InternalError

from sfumato.settings import Log

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def configure(settings: Log) -> None:
    """Send what ``sfumato`` logs to standard error; other libraries from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if settings.format == "json" else _Text())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("sfumato").setLevel(settings.level.upper())
    logging.getLogger("grpc._cython.cygrpc").addFilter(_no_failed_status)


def _no_failed_status(record: logging.LogRecord) -> bool:
    """Drop gRPC's complaint that it could not tell a status to a call that it has ended itself."""
    return not (record.exc_info and isinstance(record.exc_info[1], InternalError))


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {key}={value}" for key, value in _fields(record).items())
        line = f"{_time(record)} {record.levelname.lower()} {record.name}: {record.getMessage()}"
        if not record.exc_info:
            return line + fields
        return f"{line}{fields}\n{self.formatException(record.exc_info)}"


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
