"""How long the artist's hand waits: figures on a 4096 x 4096 picture, printed with `pytest -rP`.

The bounds in ms only catch what hangs: other work on a machine doubles any of these times. What the
plugin adds while an edit is at work is told beside what drawing alone costs in the same run.

Krita draws its canvas itself, and then by OpenGL, which here is no graphics card but a program that
keeps all cores busy for each picture of the window.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from tests.editors.krita_easel import SRGB, U8, Easel
from tests.editors.krita_edits import begin
from tests.editors.krita_studio import Studio, opened
from tests.editors.root import Editors

PARTS = ("nothing", "drawing alone", "waiting", "previewing")
HANG_MS = 5000
SIDE = 4096
ROUNDS = 3
SECONDS = 3.0
PACE = 0.25
"""Seconds between two previews: half of what engines keep to."""


@pytest.fixture(scope="module", params=[False, True], ids=["its own canvas", "OpenGL in software"])
def studio(
    request: pytest.FixtureRequest, editors: Editors, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Studio]:
    """A Krita of its own, with one kind of canvas and then with the other."""
    with opened(editors, tmp_path_factory.mktemp("gaps"), opengl=request.param) as studio:
        yield studio


def large_photograph() -> NDArray[np.uint8]:
    photograph = skimage.data.astronaut()
    return np.tile(photograph, (SIDE // 512, SIDE // 512, 1))


@pytest.mark.parametrize(
    ("space", "extent"),
    [
        (U8, (600, 400)),
        (("RGBA", "U16", SRGB), (600, 400)),
        (("RGBA", "F32", "sRGB-elle-V2-g10.icc"), (600, 400)),
        (U8, (SIDE // 2, SIDE)),
    ],
    ids=["8 bit", "16 bit", "float", "8 bit, half the canvas"],
)
def test_krita_answers_while_a_large_picture_is_edited(
    studio: Studio, easel: Easel, space: tuple[str, str, str], extent: tuple[int, int]
) -> None:
    easel.open(large_photograph(), space)
    selection = np.zeros((SIDE, SIDE), np.uint8)
    width, height = extent
    top = (SIDE - height) // 2
    selection[top : top + height, 700 : 700 + width] = 255
    easel.select(selection)

    with studio.scripted():
        measured = studio.play("gaps.edit", action="sfumato_remove")

    tell(f"{space[1]} {width}x{height} of {SIDE}x{SIDE}", measured)


def test_krita_answers_while_an_edit_comes_above_another(studio: Studio, easel: Easel) -> None:
    """The first one has Krita make the picture of the whole stack anew, and later ones do not."""
    easel.open(large_photograph())
    with studio.scripted():
        for left in (700, 1700):
            selection = np.zeros((SIDE, SIDE), np.uint8)
            selection[SIDE // 2 : SIDE // 2 + 400, left : left + 600] = 255
            easel.select(selection)
            measured = studio.play("gaps.edit", action="sfumato_remove")

    tell(f"U8 600x400 of {SIDE}x{SIDE}, above another", measured)


def tell(what: str, measured: dict[str, Any]) -> None:
    """Print the gaps of an edit, which ended well and never hung."""
    print(f"{what}, {measured['seconds']:.1f} s in all:")
    for part, (clock, processor) in measured["gaps"].items():
        own, of_it = measured["ours"][part]
        print(
            f"{part:>9}: longest gap {clock:.0f} ms ({processor:.0f} of the UI thread's "
            f"processor), the plugin's longest call {own:.0f} ({of_it:.0f})"
        )
    assert measured["message"].startswith("Inserted")
    assert max(clock for clock, _ in measured["gaps"].values()) < HANG_MS


def test_an_edit_at_work_costs_krita_little_more_than_drawing(studio: Studio, easel: Easel) -> None:
    easel.open(large_photograph())
    selection = np.zeros((SIDE, SIDE), np.uint8)
    selection[SIDE // 2 - 200 : SIDE // 2 + 200, SIDE // 2 - 300 : SIDE // 2 + 300] = 255
    easel.select(selection)
    studio.play("artist.write_prompt", text="a bowl of lemons")
    parts: dict[str, list[dict[str, Any]]] = {name: [] for name in PARTS}

    with studio.scripted(steps=1000, pace=PACE) as daemon:
        for _ in range(ROUNDS):
            parts["nothing"].append(studio.play("gaps.idle", seconds=SECONDS))
            drawn = studio.play("gaps.idle", seconds=SECONDS, repaint_s=PACE)
            parts["drawing alone"].append(drawn)
            begin(studio, daemon)
            parts["waiting"].append(studio.play("gaps.at_work", seconds=SECONDS))
            daemon.release()
            parts["previewing"].append(studio.play("gaps.at_work", seconds=SECONDS))
            studio.play("artist.trigger", action="sfumato_cancel")
            assert studio.play("artist.ended")["message"] == "Cancelled."

    for name, rounds in parts.items():
        print(f"{name:>13}: gaps {told(rounds, 'gaps')}; the plugin's calls {told(rounds, 'ours')}")
    drawn, seen = (longest(parts[name], "gaps") for name in ("drawing alone", "previewing"))
    ratio, more = seen / drawn, seen - drawn
    print(
        f"previewing against drawing: x{ratio[0]:.2f}, and {more[1]:.1f} ms of the processor more"
    )
    assert seen[0] < HANG_MS
    assert longest(parts["previewing"], "ours")[1] > 0, "previews were shown"


def longest(rounds: list[dict[str, Any]], what: str) -> NDArray[np.float64]:
    """In ms, by the clock and of the UI thread's processor."""
    return every(rounds, what).max(0)


def every(rounds: list[dict[str, Any]], what: str) -> NDArray[np.float64]:
    return np.array([pair for part in rounds for pair in part[what]]).reshape(-1, 2)


def told(rounds: list[dict[str, Any]], what: str) -> str:
    """The longest, the 99th percentile and the sum; the UI thread's processor in brackets."""
    taken = every(rounds, what)
    if not len(taken):
        return "none"
    most, much, total = taken.max(0), np.percentile(taken, 99, axis=0), taken.sum(0)
    return (
        f"{len(taken)}, longest {most[0]:.0f} ({most[1]:.1f}) ms, p99 {much[0]:.0f} "
        f"({much[1]:.1f}), in all {total[0]:.0f} ({total[1]:.0f})"
    )
