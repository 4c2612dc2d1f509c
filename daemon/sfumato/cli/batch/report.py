"""What came of a batch: for a program, and for the contact sheet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sfumato.cli.batch.rows import Row
from sfumato.picture.writing import write_atomically

REPORT = "report.json"


@dataclass(frozen=True)
class Line:
    """How one edit is: what the ledger tells of it, and its error if it is not done."""

    row: Row
    told: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    fresh: bool = True
    left: bool = False

    @property
    def state(self) -> str:
        """``done``, ``failed``, or ``left`` where the batch ended before it."""
        if self.left:
            return "left"
        return "failed" if self.error else "done"

    @property
    def files(self) -> list[str]:
        """Its results, relative to OUT."""
        return list(self.told.get("files", {}))

    def report(self) -> dict[str, Any]:
        """The same as plain values."""
        told = {name: self.told[name] for name in _TOLD if name in self.told and not self.error}
        return {
            "number": self.row.number,
            "name": self.row.name,
            "image": str(self.row.image),
            "state": self.state,
            "error": self.error or None,
            "out": self.files if not self.error else [],
            **told,
        }


_TOLD = ("seeds", "job", "seconds", "parameters", "notices")


def counts(lines: Iterable[Line]) -> dict[str, int]:
    """How many edits are in which state."""
    found = {"done": 0, "failed": 0, "left": 0}
    for line in lines:
        found[line.state] += 1
    return found


def report(lines: list[Line]) -> dict[str, Any]:
    """The whole batch as plain values."""
    fresh = sum(line.state == "done" and line.fresh for line in lines)
    return {**counts(lines), "done_now": fresh, "edits": [line.report() for line in lines]}


def write_report(out: Path, lines: list[Line]) -> Path:
    """Write it into the directory of the results."""
    path = out / REPORT
    text = json.dumps(report(lines), indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, text.encode("utf-8"))
    return path
