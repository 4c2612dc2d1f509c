"""What can go wrong on the way: the exit code says which kind, and nothing half done is left."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest

from sfumato_client.discovery import find_endpoint
from sfumato_client.session import Session
from sfumato_client.wire.jobs_pb2 import JobState
from tests.support.command import COMMAND_GUARD, environment, run_in
from tests.support.pictures import noise, write

# What an edit of this size writes is larger than this.
SMALL_DISK = 50_000


def limit_files() -> None:
    """Let no file of this process grow beyond ``SMALL_DISK``, as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_DISK, SMALL_DISK))


def test_a_full_disk_is_said_so_and_leaves_nothing(daemon_state: Path, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", noise(300, 200, 3, 8))
    (tmp_path / "out.png").write_bytes(b"old")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "sfumato",
            "inpaint",
            image,
            "--box",
            "100,80,120,100",
            "-o",
            "out.png",
            "--force",
        ],
        env=environment(daemon_state),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=COMMAND_GUARD,
        preexec_fn=limit_files,
    )
    assert done.returncode == 1
    assert "Error: " in done.stderr
    assert "too large" in done.stderr
    assert (tmp_path / "out.png").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.png", "out.png"]


def test_a_daemon_that_cannot_start_is_quoted(tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", noise(30, 20, 3, 8))
    blocked = environment(tmp_path / "state") | {"SFUMATO_LOG__LEVEL": "nonsense"}
    done = subprocess.run(
        [sys.executable, "-m", "sfumato", "inpaint", image, "--box", "1,1,9,9", "-o", "out.png"],
        env=blocked,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=COMMAND_GUARD,
    )
    assert done.returncode == 1
    assert "could not be started" in done.stderr
    assert "SFUMATO_LOG__LEVEL" in done.stderr


def test_a_daemon_that_died_is_replaced_for_the_call(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "endpoint.json").write_text(json.dumps({"address": "127.0.0.1:1", "pid": 1}))
    (state / "token").write_text("left behind")
    image = write(tmp_path / "in.png", noise(90, 80, 3, 8))
    done = run_in(state, "inpaint", image, "--box", "30,30,40,40", "-o", tmp_path / "out.png")
    assert done.code == 0, done.err
    assert "was started for this call" in done.err


@contextmanager
def on_a_terminal(state: Path, *arguments: object) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run the command with its standard error on a terminal; yields the terminal's other end."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "sfumato", *map(str, arguments)],
        env=environment(state) | {"TERM": "xterm-256color"},
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read_until(terminal: int, words: bytes) -> bytes:
    """Read what appears on a terminal until ``words`` do."""
    seen = b""
    while words not in seen:
        seen += os.read(terminal, 4096)
    return seen


def read_all(terminal: int) -> bytes:
    """Read a terminal until its last writer has gone."""
    seen = b""
    try:
        while more := os.read(terminal, 4096):
            seen += more
    except OSError:  # Linux reports the end of a terminal as an error
        return seen
    return seen


async def newest_job(state: Path) -> int:
    """The state of the newest job of the daemon."""
    endpoint = find_endpoint(environ=environment(state))
    async with Session(endpoint, "test") as session:
        async for job in session.jobs():
            return job.state
    raise AssertionError("there is no job")


@pytest.fixture
def long_work(tmp_path: Path) -> tuple[object, ...]:
    """A command line that keeps the engine busy for longer than the test lasts."""
    image = write(tmp_path / "in.png", noise(3000, 2400, 3, 8))
    mask = np.zeros((2400, 3000, 1), np.uint8)
    mask[200:2200, 300:2700] = 255
    write(tmp_path / "mask.png", mask)
    return ("inpaint", image, "--mask", tmp_path / "mask.png", "-o", tmp_path / "out.png")


def test_ctrl_c_cancels_the_job(
    daemon_state: Path, tmp_path: Path, long_work: tuple[object, ...]
) -> None:
    with on_a_terminal(daemon_state, *long_work) as (process, terminal):
        read_until(terminal, b"Working")
        os.killpg(process.pid, signal.SIGINT)
        said = read_all(terminal)
        assert process.wait(COMMAND_GUARD) == 130
    assert b"Interrupted" in said
    assert not (tmp_path / "out.png").exists()
    assert asyncio.run(newest_job(daemon_state)) == JobState.JOB_STATE_CANCELLED


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)],
    ids=["ctrl-c", "terminate", "hang-up"],
)
def test_the_daemon_of_the_call_ends_with_it(
    tmp_path: Path, long_work: tuple[object, ...], number: int, code: int
) -> None:
    with on_a_terminal(tmp_path / "no-state", *long_work) as (process, terminal):
        seen = read_until(terminal, b"Working")
        port = int(seen.split(b"(127.0.0.1:")[1].split(b")")[0])
        os.killpg(process.pid, number)
        read_all(terminal)
        assert process.wait(COMMAND_GUARD) == code
    import socket

    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_progress_is_shown_on_a_terminal(daemon_state: Path, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", noise(300, 200, 3, 8))
    arguments = ("inpaint", image, "--box", "100,80,120,100", "-o", tmp_path / "out.png")
    with on_a_terminal(daemon_state, *arguments) as (process, terminal):
        said = read_all(terminal)
        assert process.wait(COMMAND_GUARD) == 0
    assert b"\xe2\x94\x81" in said  # a bar
    assert b"\x1b[" in said


def test_a_killed_command_leaves_no_daemon_and_no_picture_behind(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    write(tmp_path / "in.png", noise(1200, 900, 3, 8))
    command = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "sfumato",
            *["inpaint", "in.png", "--box", "100,100,900,800", "-o", "out.png"],
        ],
        env=environment(tmp_path / "state") | {"TMPDIR": str(temporary)},
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert command.stderr is not None
    told = iter(command.stderr)
    assert any("was started for this call" in line for line in told)
    left = psutil.Process(command.pid).children(recursive=True)
    assert left
    assert [*temporary.iterdir()]
    command.kill()
    command.wait(COMMAND_GUARD)
    command.stderr.close()
    _, alive = psutil.wait_procs(left, timeout=COMMAND_GUARD)
    assert not alive
    assert not [*temporary.iterdir()]
