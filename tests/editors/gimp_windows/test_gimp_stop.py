"""The ways to end an edit that is on its way."""

from __future__ import annotations

from pathlib import Path

from sfumato_client import OnDisconnect
from sfumato_client.wire import jobs_pb2
from tests.editors.gimp import Gimp
from tests.editors.gimp_daemons import AttentiveDaemon, connected, end_of, next_running_job
from tests.editors.gimp_dialogs import INPAINT, RESULTS, ask_for
from tests.editors.gimp_documents import Document
from tests.editors.gimp_hands import GIMP, PATIENCE_S, Hands
from tests.editors.gimp_subjects import busy_document
from tests.editors.scripted_daemon import ScriptedDaemon
from tests.support.daemon import running_daemon

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


def test_stop_ends_the_work_of_a_real_engine(gimp: Gimp, hands: Hands, tmp_path: Path) -> None:
    """Without a stop it would work for minutes."""
    document = busy_document(gimp)
    document.play("display")
    with running_daemon(tmp_path) as real, connected(gimp, real.address, real.token):
        hands.invoke("inpaint")
        hands.settle(INPAINT)
        hands.dismiss("alt+p ctrl+a BackSpace alt+v", INPAINT)
        job = next_running_job(real)
        hands.press("alt+s", RESULTS)
        assert end_of(real, job) == jobs_pb2.JOB_STATE_CANCELLED
        hands.miss(RESULTS)
    assert document.play("stack") == ["paper"]
    document.play("undisplay")


def test_gimps_own_cancel_ends_the_job(
    document: Document, hands: Hands, daemon: AttentiveDaemon
) -> None:
    # A large picture before may have changed the window.
    hands.enlarge(GIMP)
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
