"""What the daemon costs while nobody needs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil

from tests.support.daemon import GUARD, running_daemon
from tests.support.edits import wire_edit

HEAVY = {"cv2", "diffusers", "numpy", "patchmatch", "PIL", "scipy", "skimage", "torch"}
PAGE = {"starlette", "uvicorn"}
MOST = 200_000_000


def test_the_daemons_process_imports_no_pixel_or_tensor_library() -> None:
    script = "import sfumato.cli.serve, sfumato.serve, sys; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=GUARD
    )
    assert not (HEAVY | PAGE) & {name.partition(".")[0] for name in run.stdout.split()}


def test_nor_does_the_page_which_draws_in_a_process_of_its_own() -> None:
    script = "import sfumato.serve, sfumato.web.server, sys; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=GUARD
    )
    assert not HEAVY & {name.partition(".")[0] for name in run.stdout.split()}


def test_an_idle_daemon_stays_small_with_its_children_also_after_an_edit(tmp_path: Path) -> None:
    with running_daemon(tmp_path) as daemon, daemon.stub() as stub:
        list(stub.Inpaint(wire_edit().requests(), metadata=daemon.metadata, timeout=GUARD))
        process = psutil.Process(daemon.process.pid)
        family = [process, *process.children(recursive=True)]
        used = sum(memory(member) for member in family)
        assert used < MOST


def memory(process: psutil.Process) -> int:
    """What a process holds, its part of what it shares where the system tells that."""
    held = process.memory_full_info()
    return int(getattr(held, "pss", held.uss))
