"""Where the engines of a daemon run, and what is said where that cannot be had."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sfumato.cluster.opening import workplace
from sfumato.configuration import SettingsError, load
from tests.support.command import COMMAND_GUARD, environment
from tests.support.engines import puppet


async def test_engines_are_here_unless_workers_are_asked_for() -> None:
    async with workplace(load({}, None), [puppet("fill"), puppet("segment")]) as place:
        assert [spec.name for spec in place.here] == ["fill", "segment"]
        assert place.expected == set()


def test_without_ray_it_is_said_what_to_install(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_RAY, "serve", "--workers", "ray"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=COMMAND_GUARD,
    )
    assert done.returncode == 1
    assert "pip install 'sfumato[ray]'" in " ".join(done.stderr.split())


_WITHOUT_RAY = "import sys; sys.modules['ray'] = None; from sfumato.__main__ import main; main()"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"ray_address": "render:6379"}, "must come with workers = ray"),
        (
            {"ray_address": "render:6379", "workers": "ray", "devices": "0,1"},
            "must not be given beside devices",
        ),
        ({"workers": "slurm"}, "workers"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(given, None)
    assert words in error.value.message
