"""`sfumato top` against a daemon in which something waits."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sfumato.access.tokens import TokenStore
from sfumato_client.wire import jobs_pb2
from tests.support.command import environment, run_in
from tests.support.daemon import GUARD, Daemon, running_daemon
from tests.support.edits import wire_edit


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A paused daemon in which an edit of its user and one of Anna's wait."""
    state = tmp_path_factory.mktemp("top")
    with running_daemon(state) as daemon, daemon.stub() as stub:
        (state / "anna").write_text(TokenStore(state).create("anna"))
        pause = jobs_pb2.UpdateDaemonRequest(paused=True)
        stub.UpdateDaemon(pause, metadata=daemon.metadata, timeout=GUARD)
        calls = []
        for token, title in ((daemon.token, "The wire"), (anna(daemon), "A secret")):
            edit = wire_edit()
            edit.header.title = title
            metadata = (("authorization", f"Bearer {token}"),)
            calls.append(stub.Inpaint(edit.requests(), metadata=metadata))
            assert next(calls[-1]).accepted.job_id
        yield daemon
        for call in calls:
            call.cancel()


def anna(daemon: Daemon) -> str:
    return (daemon.state / "anna").read_text()


def test_once_shows_devices_and_who_waits_for_what(daemon: Daemon) -> None:
    shown = run_in(daemon.state, "top", "--once")
    assert shown.code == 0, shown.err
    assert "0 running, 2 waiting" in shown.out
    assert "The daemon is paused" in shown.out
    lines = [line.split() for line in shown.out.splitlines()]
    (device,) = (line for line in lines if line[:1] == ["cpu"])
    assert "0%" in device
    mine, annas = (line for line in lines if "interactive" in line)
    assert mine[:6] == ["1", "this", "computer", "(you)", "The", "wire"]
    assert annas[1] == "anna" and "fill" in annas and "waits" in annas
    assert "A secret" not in shown.out


def test_artists_see_of_others_only_their_places(daemon: Daemon) -> None:
    named = ("--address", daemon.address, "--token", anna(daemon))
    shown = run_in(daemon.state, "top", "--json", *named)
    assert shown.code == 0, shown.err
    told = json.loads(shown.out)
    theirs, mine = told["entries"]
    assert (mine["title"], mine["owner"], mine["model"]) == ("A secret", "anna", "fill")
    assert theirs.keys() == {"state", "position", "priority", "seconds_in_state"}
    assert theirs["priority"] == "interactive"
    assert [device["name"] for device in told["devices"]] == ["cpu"]


def test_what_is_written_to_a_pipe_ends_by_itself(daemon: Daemon) -> None:
    assert "The wire" in run_in(daemon.state, "top").out


@pytest.mark.parametrize(("key", "code"), [(b"q", 0), (b"\x03", 130)])
def test_a_terminal_shows_it_until_a_key_leaves(daemon: Daemon, key: bytes, code: int) -> None:
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(ours)
    process = subprocess.Popen(
        [sys.executable, "-c", _ON_ITS_TERMINAL, "-m", "sfumato", "top"],
        env={**environment(daemon.state), "TERM": "xterm", "LINES": "30"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    try:
        shown = b""
        while b"The wire" not in shown:
            shown += os.read(ours, 4096)
        os.write(ours, key)
        threading.Thread(target=_drain, args=(ours,), daemon=True).start()
        assert process.wait(GUARD) == code
        assert termios.tcgetattr(ours) == before
    finally:
        process.kill()
        process.wait()
        os.close(theirs)


_ON_ITS_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # So that a Ctrl+C typed there reaches it.
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def _drain(terminal: int) -> None:
    """Read what nobody wants, so that it does not stand in the way of the exit."""
    with suppress(OSError):  # Nobody has the other end any more.
        while os.read(terminal, 4096):
            pass
    os.close(terminal)


def test_without_a_daemon_it_says_so(tmp_path: Path) -> None:
    shown = run_in(tmp_path, "top")
    assert shown.code == 1 and "sfumato serve" in shown.err
