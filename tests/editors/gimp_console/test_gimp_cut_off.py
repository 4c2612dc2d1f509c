"""An edit that is cut off: by the end of the plug-in, of GIMP, or of the daemon."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from sfumato_client.wire import jobs_pb2
from tests.editors.desktop import Desktop
from tests.editors.editor import SceneError
from tests.editors.gimp import Gimp
from tests.editors.gimp_daemons import connected, end_of, next_running_job
from tests.editors.gimp_documents import Document, on_canvas
from tests.editors.gimp_package import pack
from tests.editors.gimp_subjects import HARD, LARGE, busy_document
from tests.editors.root import Editors
from tests.support.daemon import GUARD, Daemon, running_daemon

PATIENCE_S = 300


@pytest.fixture
def busy(gimp: Gimp) -> Iterator[Document]:
    """A picture whose edit takes minutes."""
    document = busy_document(gimp)
    yield document
    document.close()


@pytest.fixture
def doomed(editors: Editors, daemon: Daemon, tmp_path: Path) -> Iterator[Gimp]:
    """A GIMP that nobody else needs."""
    environ = {"SFUMATO_ADDRESS": daemon.address, "SFUMATO_TOKEN": daemon.token}
    with (
        Desktop(editors, tmp_path) as desktop,
        Gimp(desktop, pack(desktop.share), environ) as gimp,
    ):
        yield gimp


def test_killing_the_plug_in_stops_the_engine(gimp: Gimp, daemon: Daemon, busy: Document) -> None:
    """GIMP's own Cancel kills plug-ins."""
    signal = gimp.share / "kill"
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(
            gimp.play,
            "edits.run_and_kill",
            script=str(gimp.plug_in),
            signal_file=str(signal),
            procedure="remove",
            image=busy.id,
        )
        job = next_running_job(daemon)
        signal.touch()
        assert answer.result(GUARD)["status"] != "success"
    assert end_of(daemon, job) == jobs_pb2.JOB_STATE_CANCELLED
    assert busy.play("stack") == ["paper"]
    # The engine is free at once for what comes next.
    few = np.zeros((busy.height, busy.width), np.uint8)
    few[: HARD.shape[0], : HARD.shape[1]] = HARD
    busy.select(few)
    assert busy.run("remove").status == "success"


def test_the_job_of_a_killed_gimp_is_cancelled(doomed: Gimp, daemon: Daemon) -> None:
    """Its picture is gone with it, and so is the place for a layer."""
    document = busy_document(doomed)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(document.run, "remove")
        job = next_running_job(daemon)

        doomed.kill()

        with pytest.raises((SceneError, OSError)):
            answer.result(GUARD)
    assert end_of(daemon, job) == jobs_pb2.JOB_STATE_CANCELLED
    assert daemon.answers()


def test_an_edit_outlives_a_daemon_that_was_killed(gimp: Gimp, tmp_path: Path) -> None:
    """The daemon that comes back has the job, and GIMP finds both again by itself."""
    document = busy_document(gimp, LARGE)
    before = document.seen("R'G'B' u8", "u1")
    with (
        running_daemon(tmp_path) as killed,
        connected(gimp, killed.address, killed.token),
        ThreadPoolExecutor(1) as pool,
    ):
        asked = pool.submit(document.run, "remove")
        job = next_running_job(killed)
        killed.process.kill()
        killed.process.wait(GUARD)

        with running_daemon(tmp_path) as back:
            assert back.address == killed.address
            answer = asked.result(PATIENCE_S)

    assert (answer.status, answer.sentence) == ("success", "")
    assert document.play("stack") == ["Remove 1", "paper"]
    layer = document.made("Remove 1")
    assert layer.record["job"] == job
    mask = on_canvas(layer, before.shape)
    after = document.seen("R'G'B' u8", "u1")
    assert after[mask == 0].tobytes() == before[mask == 0].tobytes()
    assert (after[mask == 255] != before[mask == 255]).any()
    document.close()
