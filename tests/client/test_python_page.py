"""The examples of docs/python.md, run as they stand there against a real daemon."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.command import environment
from tests.support.daemon import running_daemon

ROOT = Path(__file__).parents[2]
GUARD = 240


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which the page's examples ran, one after the other, and what they printed."""
    folder = tmp_path_factory.mktemp("examples")
    for name in ("photograph.png", "selection.png"):
        shutil.copy(ROOT / "examples" / name, folder)
    page = (ROOT / "docs" / "python.md").read_text("utf-8")
    examples = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (folder / "page.py").write_text("\n\n".join(examples), "utf-8")
    with running_daemon(tmp_path_factory.mktemp("state")) as daemon:
        done = subprocess.run(
            [sys.executable, "page.py"],
            cwd=folder,
            env=environment(daemon.state),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=GUARD,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def test_the_examples_remove_what_is_selected_and_nothing_else(told: tuple[Path, str]) -> None:
    folder, _ = told
    before, after = pixels(folder / "photograph.png"), pixels(folder / "removed.png")
    marked = pixels(folder / "selection.png") > 127
    changed = (before != after).any(axis=2)
    assert changed[marked].mean() > 0.9
    assert changed.mean() < 2 * marked.mean()


def test_the_examples_tell_what_happens(told: tuple[Path, str]) -> None:
    _, printed = told
    lines = printed.splitlines()
    events = ast.literal_eval(lines[0])
    assert events[0] == "Accepted"
    assert events[-2:] == ["Result", "Done"]
    assert "['fill']" in lines
    assert any(line.startswith("NEEDS_MODEL ") for line in lines)
    assert "given up" in lines


def test_the_examples_find_a_face(told: tuple[Path, str]) -> None:
    folder, _ = told
    face = pixels(folder / "face.png")
    assert face[110, 220] == 255
    assert face[400:].max() == 0


def test_the_examples_say_what_words_need(told: tuple[Path, str]) -> None:
    _, printed = told
    assert "sfumato models pull owlv2" in printed


def test_the_examples_extend_a_picture(told: tuple[Path, str]) -> None:
    folder, _ = told
    before, after = pixels(folder / "photograph.png"), pixels(folder / "wide.png")
    assert after.shape == (512, 576, 3)
    assert (after[:, :480] == before[:, :480]).all()
    assert after[:, 512:].std() > 10


@pytest.mark.parametrize(
    ("name", "box"), [("left.png", (20, 60, 50, 90)), ("right.png", (440, 420, 480, 450))]
)
def test_the_examples_do_many_edits_at_once(
    told: tuple[Path, str], name: str, box: tuple[int, int, int, int]
) -> None:
    folder, _ = told
    left, top, right, bottom = box
    changed = (pixels(folder / name) != pixels(folder / "photograph.png")).any(axis=2)
    assert changed[top:bottom, left:right].any()
    changed[top - 20 : bottom + 20, left - 20 : right + 20] = False
    assert not changed.any()


def test_the_examples_do_a_batch_once_and_what_is_marked_again(told: tuple[Path, str]) -> None:
    _, printed = told
    lines = [line for line in printed.splitlines() if line.startswith("batch: ")]
    empty = "batch: none.png Nothing is selected. Select what should change and try again."
    assert sorted(lines[:3]) == ["batch: left.png now", empty, "batch: right.png now"]
    assert sorted(lines[3:]) == ["batch: left.png now", empty, "batch: right.png before"]
    assert "another seed: True" in printed
