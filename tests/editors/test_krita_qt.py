"""The same plugin with both of Krita's Qts: PyQt5, and PyQt6 for a Krita that is not here yet.

Krita 6 cannot be had, so both see a Krita of paper (``krita_qt/krita.py``) with real widgets, the
packed plugin in it, and real daemons. What PyQt5 shows there is what it shows in the real Krita 5.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.editors.krita_package import pack
from tests.editors.pyqt6 import pyqt6_for
from tests.editors.root import Editors
from tests.editors.scripted_daemon import COLORS, TOKEN, ScriptedDaemon
from tests.support.daemon import running_daemon

KRITA_QT = Path(__file__).parent / "krita_qt"
PICTURES = ("advanced", "at-work", "compared", "gallery", "outpaint", "overlay", "picker", "select")
SEEN = {
    "models": ["Default", "Paper (for tests)"],
    "presets": ["None", "Remove", "Replace"],
    "settings": ["replace", "margin", 2],
    "shortcut": True,
    "prompt": "a red jacket",
    "at work": {
        "message": "Denoising, about 10 s left",
        "cancel": True,
        "generate": False,
        "preview": True,
    },
    "overlay in place": True,
    "overlay paints": True,
    "results": ["Seed 11", "Seed 12"],
    "compared": list(COLORS[1]),
    "layer": ["Replace: a red jacket", "Sfumato mask", [*COLORS[1][::-1], 255]],
    "covered": [255],
    "kept": ["sfumato", "sfumato/edit"],
    "removed": "Remove 2",
    "extended": "From 160x120 to 240x120 pixels.",
    "sides": {"left": 40, "top": 0, "right": 40, "bottom": 0},
    "selected": [10, 0],
    "clicks": [[80, 60, False], [10, 10, True], [10, 10, True]],
    "marks": {"meant": [True, True], "left out": [True, False]},
    "left": True,
}


@pytest.mark.parametrize("qt", ["5", "6"])
def test_an_artist_s_day_is_the_same_with_either_qt(
    editors: Editors, tmp_path: Path, qt: str
) -> None:
    # The editors' place sees one folder, so the day is spent in that of PyQt6; PyQt5 is its own.
    share = pyqt6_for(editors) if qt == "6" else tmp_path
    with tempfile.TemporaryDirectory(dir=share) as folder:
        seen = _day(editors, share, Path(folder))
        for name in PICTURES:
            with Image.open(Path(folder) / f"{name}.png") as picture:
                assert len(picture.convert("RGB").getcolors(picture.width * picture.height)) > 2
            shutil.copy(Path(folder) / f"{name}.png", tmp_path)

    assert seen == {"qt": qt, **SEEN}


def _day(editors: Editors, share: Path, folder: Path) -> dict[str, Any]:
    """What the artist of ``scenes.py`` saw, who leaves pictures in the folder."""
    shutil.unpack_archive(pack(folder), folder / "plugin")
    shutil.copytree(KRITA_QT, folder / "krita_qt")
    environ = {
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": f"{share}:{folder / 'plugin'}:{folder / 'krita_qt'}",
        "QT_QPA_PLATFORM": "offscreen",
    }
    script = str(folder / "krita_qt/scenes.py")
    with (
        ScriptedDaemon(held_from=2) as paper,
        running_daemon(folder / "state") as real,
        (folder / "said").open("w+") as said,
    ):
        paper.hold()
        asked = ["python3", script, str(folder), paper.address, TOKEN, real.address, real.token]
        command = editors.command(asked, environ, share)
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True) as process:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line.strip())
                if lines[-1] == "go on":
                    paper.release()
        said.seek(0)
        assert process.returncode == 0, said.read()
    assert lines[0] == "go on"
    return json.loads(lines[-1])
