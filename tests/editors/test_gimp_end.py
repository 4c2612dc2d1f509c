"""GIMP ends in the middle of an edit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from sfumato_client.wire import jobs_pb2
from tests.editors.desktop import Desktop
from tests.editors.editor import SceneError
from tests.editors.gimp import Gimp
from tests.editors.gimp_documents import Document, as_float
from tests.editors.gimp_jobs import end_of, next_running_job
from tests.editors.gimp_package import pack
from tests.editors.reference import photograph
from tests.support.daemon import running_daemon


def test_the_job_of_a_killed_gimp_is_cancelled(desktop: Desktop, tmp_path: Path) -> None:
    """Its picture is gone with it, and so is the place for a layer."""
    large = np.tile(photograph(), (5, 4, 1))
    selection = np.zeros(large.shape[:2], np.uint8)
    selection[200:1200, 300:1500] = 255
    with running_daemon(tmp_path) as daemon:
        environ = {"SFUMATO_ADDRESS": daemon.address, "SFUMATO_TOKEN": daemon.token}
        with Gimp(desktop, pack(desktop.share), environ) as gimp, ThreadPoolExecutor(1) as pool:
            document = Document(gimp, as_float(large))
            document.select(selection)
            answer = pool.submit(document.run, "remove")
            job = next_running_job(daemon)

            gimp.kill()

            with pytest.raises((SceneError, OSError)):
                answer.result(60)
            assert end_of(daemon, job) == jobs_pb2.JOB_STATE_CANCELLED
            assert daemon.answers()
