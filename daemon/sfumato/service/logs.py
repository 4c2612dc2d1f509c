"""The daemon's log on standard error: a line an event, as text or JSON.

On a terminal the text is shorter and in colours, as a person reads along there.

Events are a few words with fields (``log.info("accepted", extra={"job": ...})``). No prompt, no
token and no pixel is ever put into one.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import ClassVar, TextIO

from grpc.aio import InternalError

from sfumato.settings import Log

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def configure(settings: Log) -> None:
    """Send what ``sfumato`` logs to standard error; other libraries from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(settings, sys.stderr))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("sfumato").setLevel(settings.level.upper())
    logging.getLogger("grpc._cython.cygrpc").addFilter(_no_failed_status)


def _formatter(settings: Log, stream: TextIO) -> logging.Formatter:
    if settings.format == "json":
        return _Json()
    if stream.isatty():
        return _Terminal(colours="NO_COLOR" not in os.environ)
    return _Text()


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


class _Terminal(logging.Formatter):
    """``12:30:01 accepted         job=1f2e3d4c engine=fill``: local time, short names of jobs."""

    _COLOURS: ClassVar = {"WARNING": "33", "ERROR": "31", "CRITICAL": "31"}

    def __init__(self, colours: bool) -> None:
        super().__init__()
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        event = self._in(self._COLOURS.get(record.levelname, "1"), f"{record.getMessage():<10}")
        fields = " ".join(f"{key}={_short(key, value)}" for key, value in _fields(record).items())
        line = f"{self._in('2', at)} {event} {self._in('2', fields)}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line

    def _in(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colours and text else text


def _short(key: str, value: object) -> object:
    """Ids of 32 digits are for programs; a person tells jobs apart by eight."""
    return str(value)[:8] if key in ("job", "owner") else value


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
