"""The daemon is started from inside the editor as the artist's own program."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from krita_plugin import launch
from sfumato_client import Unavailable

PATIENCE_S = 30


def test_it_runs_serve_without_the_editors_own_python(tmp_path: Path) -> None:
    told = tmp_path / "told"
    command = tmp_path / "sfumato"
    command.write_text(
        f'#!/bin/sh\necho "$1 $PYTHONHOME" > "{told}.part"\nmv "{told}.part" "{told}"\n'
    )
    command.chmod(0o755)
    launch.start({"PATH": f"{tmp_path}{os.pathsep}{os.defpath}", "PYTHONHOME": "/an/editor"})
    deadline = time.monotonic() + PATIENCE_S
    while not told.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert told.read_text().strip() == "serve"


def test_without_the_command_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="Install Sfumato"):
        launch.find_command({"PATH": str(tmp_path), "HOME": str(tmp_path)})


def test_a_named_command_comes_first() -> None:
    assert (
        launch.find_command({launch.COMMAND_VARIABLE: "/my/sfumato", "PATH": ""}) == "/my/sfumato"
    )
