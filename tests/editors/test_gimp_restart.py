"""The daemon is killed in the middle of GIMP's edit, and comes back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from tests.editors.desktop import Desktop
from tests.editors.gimp import Gimp
from tests.editors.gimp_documents import Document, as_float, on_canvas
from tests.editors.gimp_jobs import next_running_job
from tests.editors.gimp_package import pack
from tests.editors.reference import photograph
from tests.support.daemon import running_daemon

PATIENCE_S = 300


def test_an_edit_outlives_a_daemon_that_was_killed(desktop: Desktop, tmp_path: Path) -> None:
    """The daemon that comes back has the job, and GIMP finds both again by itself."""
    large = np.tile(photograph(), (3, 3, 1))
    selection = np.zeros(large.shape[:2], np.uint8)
    selection[150:600, 300:750] = 255
    with running_daemon(tmp_path) as killed:
        environ = {"SFUMATO_ADDRESS": killed.address, "SFUMATO_TOKEN": killed.token}
        with Gimp(desktop, pack(desktop.share), environ) as gimp, ThreadPoolExecutor(1) as pool:
            document = Document(gimp, as_float(large))
            document.select(selection)
            before = document.seen("R'G'B' u8", "u1")
            asked = pool.submit(document.run, "remove")
            job = next_running_job(killed)
            killed.process.kill()
            killed.process.wait(PATIENCE_S)

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
