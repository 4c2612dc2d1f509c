"""The real command against a real daemon."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import START_GUARD, Sfumato, environment, run_in


@pytest.fixture(scope="session")
def daemon_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state directory of a running daemon."""
    state = tmp_path_factory.mktemp("daemon")
    process = subprocess.Popen(
        [sys.executable, "-m", "sfumato", "serve"],
        env=environment(state),
        stdout=subprocess.PIPE,
        stderr=(state / "log").open("wb"),
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("sfumato: listening on "), (state / "log").read_text()
        yield state
    finally:
        process.terminate()
        process.wait(START_GUARD)


@pytest.fixture
def sfumato(daemon_state: Path, tmp_path: Path) -> Sfumato:
    """Runs the command in ``tmp_path``, where a daemon is running."""
    return lambda *arguments: run_in(daemon_state, *arguments, cwd=tmp_path)


@pytest.fixture
def without_daemon(tmp_path: Path) -> Sfumato:
    """Runs the command in ``tmp_path``, where no daemon is running."""
    return lambda *arguments: run_in(tmp_path / "no-state", *arguments, cwd=tmp_path)
