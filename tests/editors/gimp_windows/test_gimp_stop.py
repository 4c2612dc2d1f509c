"""The ways to end an edit that is on its way."""

from __future__ import annotations

from sfumato_client import OnDisconnect
from tests.editors.gimp_daemons import AttentiveDaemon
from tests.editors.gimp_dialogs import RESULTS, ask_for
from tests.editors.gimp_documents import Document
from tests.editors.gimp_hands import GIMP, PATIENCE_S, Hands
from tests.editors.scripted_daemon import ScriptedDaemon

CANCEL = (1000, 842)
"""Where GIMP's Cancel stands in its window of 1280x860, as gimp-remove.png shows it."""


def test_stop_ends_the_job_and_leaves_nothing(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    daemon.hold()
    ask_for(hands, 1)
    hands.see(RESULTS)
    assert daemon.at_work.wait(PATIENCE_S)
    hands.press("alt+s", RESULTS)
    assert daemon.edits[-1].cancel_asked.wait(PATIENCE_S)
    hands.miss(RESULTS)
    assert document.play("stack") == ["paper"]


def test_gimps_own_cancel_ends_the_job(
    document: Document, hands: Hands, daemon: AttentiveDaemon
) -> None:
    daemon.hold()
    hands.invoke("remove")
    assert daemon.at_work.wait(PATIENCE_S)
    hands.settle(GIMP)
    daemon.left.clear()
    hands.click(*CANCEL, GIMP)
    assert daemon.left.wait(PATIENCE_S)
    daemon.release()
    assert daemon.edits[-1].header.on_disconnect == OnDisconnect.ON_DISCONNECT_CANCEL
    assert document.play("stack") == ["paper"]
