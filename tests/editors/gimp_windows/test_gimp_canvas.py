"""More canvas, and a selection that is found, with their dialogs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tests.editors.gimp import Gimp
from tests.editors.gimp_daemons import connected
from tests.editors.gimp_dialogs import EXTEND, SELECT
from tests.editors.gimp_documents import Document
from tests.editors.gimp_hands import GIMP, Hands, until
from tests.editors.scripted_daemon import ScriptedDaemon
from tests.support.daemon import running_daemon

MEANT, LEFT_OUT = (220, 250), (100, 320)
"""Places in the small picture of the dialog, as gimp-select.png shows it."""


def size(shot: Path) -> tuple[int, int]:
    """Of a window in a screenshot: height and width."""
    with Image.open(shot) as picture:
        return picture.height, picture.width


def test_the_canvas_is_extended_and_one_undo_takes_it_back(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    lines = np.zeros((document.height, document.width, 4), np.float32)
    lines[100:104, 50:350] = (0, 0, 0, 1)
    document.add_layer("lines", lines)
    document.play("guide", across=[50, 120], down=[200])
    state, geometry = document.play("state"), document.play("geometry")
    seen, selected = document.seen("R'G'B' u8", "u1"), document.selection()
    hands.invoke("outpaint")
    hands.settle(EXTEND)
    hands.press("alt+e ctrl+a 8 0 Tab", EXTEND)
    hands.press("alt+g ctrl+a 4 0 Tab", EXTEND)
    hands.show(EXTEND, "gimp-outpaint")
    hands.dismiss("alt+x", EXTEND)
    until(lambda: len(document.play("stack")) == 3, "not inserted")
    now = document.play("geometry")
    assert now["size"] == [document.width + 120, document.height]
    assert now["layers"]["lines"][:2] == [80, 0]
    assert [False, 280] in now["guides"]
    hands.press("ctrl+z", GIMP)
    until(lambda: document.play("geometry") == geometry, "one undo leaves something behind")
    assert document.play("state") == state
    assert document.seen("R'G'B' u8", "u1").tobytes() == seen.tobytes()
    assert document.selection().tobytes() == selected.tobytes()


def test_what_is_found_becomes_the_selection_and_one_undo_takes_it_back(
    gimp: Gimp, document: Document, hands: Hands, tmp_path: Path
) -> None:
    drawn, state = document.selection(), document.play("state")
    with running_daemon(tmp_path) as real, connected(gimp, real.address, real.token):
        hands.invoke("select")
        box = size(hands.show(SELECT, "gimp-select-box"))
        # The second of the list: at a point, which is clicked into the small picture.
        hands.press("alt+f Down", SELECT)
        hands.settle(SELECT)
        # The dialog is as large as what it asks.
        hands.press("alt+f Up", SELECT)
        assert size(hands.show(SELECT, "gimp-select-box-again")) == box
        hands.press("alt+f Down", SELECT)
        hands.settle(SELECT)
        hands.click(*MEANT, SELECT)
        hands.click(*LEFT_OUT, SELECT, button=3)
        assert size(hands.show(SELECT, "gimp-select")) > box
        # A click on a mark takes it away.
        hands.click(*LEFT_OUT, SELECT)
        hands.settle(SELECT)
        hands.dismiss("alt+t", SELECT)
        until(lambda: document.selection().tobytes() != drawn.tobytes(), "nothing was selected")
    assert document.play("state") == {**state, "dirty": True}
    hands.press("ctrl+z", GIMP)
    until(lambda: document.selection().tobytes() == drawn.tobytes(), "undo leaves the answer")
    assert document.play("state") == state


def test_the_box_is_answered_however_sure_faces_had_to_be(
    gimp: Gimp, document: Document, hands: Hands, tmp_path: Path
) -> None:
    drawn = document.selection()
    with running_daemon(tmp_path) as real, connected(gimp, real.address, real.token):
        hands.invoke("select")
        hands.settle(SELECT)
        # The third of the list: faces. Four fields on is "Automatic", then how sure.
        hands.press("alt+f Home Down Down", SELECT)
        hands.settle(SELECT)
        hands.press("alt+a Tab Tab Tab Tab space Tab ctrl+a 0 period 9 9 Tab", SELECT)
        hands.show(SELECT, "gimp-select-sure")
        hands.press("alt+f Home", SELECT)
        hands.show(SELECT, "gimp-select-box")
        hands.dismiss("alt+t", SELECT)
        until(lambda: document.selection().tobytes() != drawn.tobytes(), "nothing was selected")
