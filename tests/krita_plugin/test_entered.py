"""The daemon that the artist entered is kept where nobody else can read its token."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from krita_plugin import entered
from sfumato_client import Endpoint

THEIRS = Endpoint("studio:7600", "a secret", "ab:cd")


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "sfumato.json"
    entered.write(path, THEIRS)
    assert entered.read(path) == THEIRS
    entered.write(path, entered.NONE)
    assert entered.read(path) == entered.NONE


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"address": null}'])
def test_a_damaged_file_is_nothing_entered(tmp_path: Path, text: str) -> None:
    path = tmp_path / "sfumato.json"
    path.write_text(text)
    assert entered.read(path) == entered.NONE


def test_nothing_entered_is_nothing(tmp_path: Path) -> None:
    assert entered.read(tmp_path / "sfumato.json") == entered.NONE


if sys.platform != "win32":

    def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
        path = tmp_path / "sfumato.json"
        path.write_text("{}")
        path.chmod(0o644)
        before = os.umask(0)
        try:
            entered.write(path, THEIRS)
        finally:
            os.umask(before)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [path.name for path in tmp_path.iterdir()] == ["sfumato.json"]
