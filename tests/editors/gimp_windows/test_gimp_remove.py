"""Remove and repeat by a single key."""

from __future__ import annotations

from tests.editors.gimp_dialogs import MESSAGE, RESULTS
from tests.editors.gimp_documents import Document
from tests.editors.gimp_hands import GIMP, PATIENCE_S, Hands, until
from tests.editors.scripted_daemon import ScriptedDaemon


def test_remove_asks_nothing_and_repeat_sends_no_pixels(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    daemon.hold()
    hands.invoke("remove")
    assert daemon.at_work.wait(PATIENCE_S)
    hands.show(GIMP, "gimp-remove")
    daemon.release()
    until(lambda: document.play("stack") == ["Remove 1", "paper"], "not inserted")
    hands.invoke("repeat")
    until(lambda: document.play("stack") == ["Remove 2", "Remove 1", "paper"], "not repeated")
    assert daemon.edits[-1].header.stored_input.job_id
    assert not daemon.edits[-1].header.planes


def test_one_undo_brings_every_pixel_back(document: Document, hands: Hands) -> None:
    state, seen = document.play("state"), document.seen("R'G'B'A u8", "u1")
    selected = document.selection()
    hands.invoke("remove")
    until(lambda: document.play("stack") == ["Remove 1", "paper"], "not inserted")
    assert document.seen("R'G'B'A u8", "u1").tobytes() != seen.tobytes()
    hands.press("ctrl+z", GIMP)
    until(lambda: document.play("state") == state, "one undo leaves something behind")
    assert document.seen("R'G'B'A u8", "u1").tobytes() == seen.tobytes()
    assert document.selection().tobytes() == selected.tobytes()


def test_nothing_selected_is_said_in_a_message(document: Document, hands: Hands) -> None:
    document.select(None)
    state = document.play("state")
    hands.invoke("remove")
    hands.show(MESSAGE, "gimp-refused")
    hands.dismiss("Escape", MESSAGE)
    assert document.play("state") == state


def test_several_results_of_a_repetition_wait_for_a_choice(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    document.run("remove", variations=2)
    hands.invoke("repeat")
    hands.show(RESULTS, "repeated")
    assert len(document.play("stack")) == 3
    hands.press("alt+i", RESULTS)
    until(lambda: len(document.play("stack")) == 4, "not inserted")
    hands.press("alt+c", RESULTS)
    hands.miss(RESULTS)
