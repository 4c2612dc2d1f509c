from __future__ import annotations

import os
import stat
from pathlib import Path

from gimp_plugin import settings
from gimp_plugin.settings import Settings


def test_settings_are_read_as_they_were_saved(tmp_path: Path) -> None:
    chosen = Settings("studio:7878", "secret", "an-id")
    settings.save(chosen, tmp_path)
    settings.save(chosen, tmp_path)
    assert settings.load(tmp_path) == chosen


def test_only_the_owner_may_read_the_token(tmp_path: Path) -> None:
    settings.save(Settings(token="secret"), tmp_path)
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / settings.FILE).stat().st_mode) == 0o600


def test_without_a_file_the_daemon_of_this_machine_is_meant(tmp_path: Path) -> None:
    found = settings.load(tmp_path)
    assert (found.address, found.token) == ("", "")
    assert found.client_id


def test_a_broken_file_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / settings.FILE).write_text("{", encoding="utf-8")
    assert settings.load(tmp_path).address == ""
    (tmp_path / settings.FILE).write_text('{"address": 5, "token": "t"}', encoding="utf-8")
    assert (settings.load(tmp_path).address, settings.load(tmp_path).token) == ("", "t")
