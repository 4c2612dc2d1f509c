"""The wheel carries the page, and both plugins, so that installing them needs no network."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_plugins_are_installed_from_the_wheel_without_a_network(tmp_path, archives):
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path]
    subprocess.run([*build, ROOT], check=True, capture_output=True, timeout=250)
    (wheel,) = tmp_path.glob("sfumato-*.whl")
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(wheel) as opened:
        for archive in archives.values():
            assert f"sfumato/plugins/bundled/{archive.name}" in opened.namelist()
        static = {path.name for path in (ROOT / "daemon/sfumato/web/static").iterdir()}
        assert {f"sfumato/web/static/{name}" for name in static} <= set(opened.namelist())
        opened.extractall(unpacked)
    home = tmp_path / "home"
    home.mkdir()
    places = {"HOME": str(home), "USERPROFILE": str(home), "APPDATA": str(home)}
    places |= {"LOCALAPPDATA": str(home), "XDG_DATA_HOME": "", "XDG_CONFIG_HOME": ""}
    # pip would fail at once without an index: nothing may be downloaded here.
    offline = {"PIP_NO_INDEX": "1", "XDG_CACHE_HOME": str(tmp_path / "empty")}
    done = subprocess.run(
        [sys.executable, "-m", "sfumato", "plugins", "install"],
        env={**os.environ, **places, **offline, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("plugin 0.") == 2
    assert not (tmp_path / "empty").exists()
