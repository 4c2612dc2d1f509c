"""The real ``sfumato`` command, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

START_GUARD = 60
COMMAND_GUARD = 240


class Run(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Sfumato = Callable[..., Run]


def environment(state: Path) -> dict[str, str]:
    """No daemon but the one of this state directory, and no colours."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SFUMATO_", "COLOR"))}
    return {**kept, "SFUMATO_STATE_DIR": str(state), "COLUMNS": "100", "PYTHONUTF8": "1"}


def run_in(state: Path, *arguments: object, cwd: Path | None = None, **variables: str) -> Run:
    """Run ``sfumato`` with a state directory and wait for its end."""
    done = subprocess.run(
        [sys.executable, "-m", "sfumato", *map(str, arguments)],
        env={**environment(state), **variables},
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=COMMAND_GUARD,
    )
    return Run(done.returncode, done.stdout, done.stderr)
