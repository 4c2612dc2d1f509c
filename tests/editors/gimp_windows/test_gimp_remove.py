"""Remove and repeat by a single key."""

from __future__ import annotations

from tests.editors.gimp_dialogs import RESULTS
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
