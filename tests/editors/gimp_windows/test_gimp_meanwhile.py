"""What artists do to the picture while a result is on its way."""

from __future__ import annotations

import numpy as np
import pytest

from sfumato_client import Extent
from tests.editors.gimp import Gimp
from tests.editors.gimp_dialogs import RESULTS, ask_for
from tests.editors.gimp_documents import Document, as_float, on_canvas
from tests.editors.gimp_hands import PATIENCE_S, Hands, until
from tests.editors.gimp_subjects import HARD, border_selection, expected_mask
from tests.editors.reference import hard_selection, photograph
from tests.editors.scripted_daemon import ScriptedDaemon


def test_a_result_waits_when_the_picture_was_cropped_meanwhile(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    daemon.hold()
    ask_for(hands, 1)
    hands.see(RESULTS)
    assert daemon.at_work.wait(PATIENCE_S)
    document.play("change", what="crop")
    daemon.release()
    hands.show(RESULTS, "gimp-changed")
    assert document.play("stack") == ["paper"]
    hands.press("alt+i", RESULTS)
    until(lambda: len(document.play("stack")) == 2, "not inserted after all")
    hands.press("alt+c", RESULTS)
    hands.miss(RESULTS)


@pytest.mark.parametrize(
    "change", ["mirror", "half turn", "quarter turn", "resize", "gray", "16 bit"]
)
def test_a_result_waits_when_the_picture_was_changed_meanwhile(
    gimp: Gimp, hands: Hands, daemon: ScriptedDaemon, change: str
) -> None:
    square = photograph()[:300, :300]
    document = Document(gimp, as_float(square))
    document.select(hard_selection(Extent(300, 300)))
    document.play("display")
    daemon.hold()
    hands.invoke("remove")
    assert daemon.at_work.wait(PATIENCE_S)
    document.play("change", what=change)
    daemon.release()
    hands.see(RESULTS)
    hands.settle(RESULTS)
    assert document.play("stack") == ["paper"]
    hands.press("alt+i", RESULTS)
    until(lambda: len(document.play("stack")) == 2, "not inserted after all")
    hands.press("alt+c", RESULTS)
    hands.miss(RESULTS)
    document.play("undisplay")


def test_a_picture_that_was_painted_on_takes_its_result_at_once(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    daemon.hold()
    hands.invoke("remove")
    assert daemon.at_work.wait(PATIENCE_S)
    document.play("change", what="paint")
    daemon.release()
    until(lambda: document.play("stack") == ["Remove 1", "paper"], "not inserted")


def test_a_picture_closed_meanwhile_harms_nobody(
    gimp: Gimp, document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    other = Document(gimp, as_float(photograph()))
    other.select(HARD)
    other.play("display")
    daemon.hold()
    ask_for(hands, 1)
    hands.see(RESULTS)
    assert daemon.at_work.wait(PATIENCE_S)
    other.play("undisplay")
    daemon.release()
    hands.show(RESULTS, "closed")
    hands.press("alt+i", RESULTS)
    hands.press("alt+c", RESULTS)
    hands.miss(RESULTS)
    assert document.play("stack") == ["paper"]


def test_a_picture_closed_just_after_its_result_came_harms_nobody(
    gimp: Gimp, hands: Hands, daemon: ScriptedDaemon
) -> None:
    """GIMP holds what a plug-in answered until its process has ended, which takes a moment."""
    said = len(gimp.log)
    for wait in np.linspace(0.0, 0.16, 5):
        document = Document(gimp, as_float(photograph()))
        document.select(HARD)
        document.play("display")
        daemon.hold()
        hands.invoke("remove")
        assert daemon.at_work.wait(PATIENCE_S)
        daemon.release()
        document.play("undisplay_once", layers=2, wait=float(wait))
    # Nor was the plug-in still busy with what it had put into the picture.
    assert "Plug-in crashed" not in gimp.log[said:]


def test_a_selection_that_was_changed_meanwhile_stays_and_the_old_one_counts(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    daemon.hold()
    hands.invoke("remove")
    assert daemon.at_work.wait(PATIENCE_S)
    document.select(border_selection())
    daemon.release()
    until(lambda: document.play("stack") == ["Remove 1", "paper"], "not inserted")
    layer = document.made("Remove 1")
    mask = on_canvas(layer, HARD.shape)
    assert np.abs(mask.astype(int) - expected_mask(HARD, layer)).max() <= 1
    assert document.selection().tobytes() == border_selection().tobytes()


def test_a_result_waits_when_the_layer_below_it_was_deleted_meanwhile(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    document.run("remove")
    daemon.hold()
    # A repetition lands above the first result.
    hands.invoke("repeat")
    assert daemon.at_work.wait(PATIENCE_S)
    document.play("change", what="delete top")
    daemon.release()
    hands.show(RESULTS, "layer-deleted")
    assert document.play("stack") == ["paper"]
    hands.press("alt+i", RESULTS)
    until(lambda: len(document.play("stack")) == 2, "not inserted after all")
    hands.press("alt+c", RESULTS)
    hands.miss(RESULTS)
