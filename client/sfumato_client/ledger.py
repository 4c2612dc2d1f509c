"""What a batch has done so far, in a file that survives a crash.

A ledger has a line of JSON for everything that happened to an edit, each on the disk before what
comes next. The last line of an edit says how it is. A line that a crash cut off was not written.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from sfumato_client.errors import Refused

_FORMAT = 1


class State(str, Enum):
    """How an edit of a batch is."""

    WRITING = "writing"
    """Its results are here and go to their files; what they are is in ``told``."""
    DONE = "done"
    FAILED = "failed"
    """It ended without a result; the next run tries once more."""
    AGAIN = "again"
    """Marked: it is to be done once more."""


@dataclass(frozen=True)
class Entry:
    """The last that is known of an edit.

    ``key`` is what was to be done (``batch.key_of``), ``attempt`` counts from 0, and ``told`` are
    plain values for whoever reads the ledger.
    """

    name: str
    key: str
    attempt: int
    state: State
    told: Mapping[str, Any] = field(default_factory=dict)


class Ledger:
    """A batch's ledger, for one process at a time; ``close`` it, or use ``with``.

    Raises ``Refused`` for a file that is none, and ``OSError``.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._entries: dict[str, Entry] = {}
        data = self.path.read_bytes() if self.path.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        self.id = self._read(whole) if whole else str(uuid.uuid4())
        self._file = self.path.open("r+b" if data else "wb")
        self._file.truncate(len(whole))
        self._file.seek(len(whole))
        if not whole:
            self._write({"sfumato batch": _FORMAT, "id": self.id})

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def get(self, name: str) -> Entry | None:
        """The last that is known of an edit."""
        return self._entries.get(name)

    def write(self, entry: Entry) -> None:
        """Add a line; it is on the disk when this returns."""
        self._entries[entry.name] = entry
        self._write(
            {
                "edit": entry.name,
                "state": entry.state.value,
                "attempt": entry.attempt,
                "key": entry.key,
                **entry.told,
            }
        )

    def _read(self, lines: bytes) -> str:
        try:
            head, *others = [json.loads(line) for line in lines.splitlines()]
            if head["sfumato batch"] != _FORMAT:
                raise ValueError
            for line in others:
                name, key, attempt, state = (
                    line.pop(word) for word in ("edit", "key", "attempt", "state")
                )
                self._entries[name] = Entry(name, key, int(attempt), State(state), line)
            return str(uuid.UUID(head["id"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Refused(
                f"{self.path} is no ledger of a batch that this version can read. Name another "
                "directory, or move that file away to begin anew."
            ) from error

    def _write(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False).encode("utf-8") + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
