"""The daemon a command talks to: the user's own, or one started for this call alone."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

from sfumato.cli.console import say
from sfumato.cli.named import Named
from sfumato_client.discovery import state_dir
from sfumato_client.endpoint import Endpoint
from sfumato_client.errors import JobFailed, Unavailable

_READY = "sfumato: listening on "
# Generous: the first start on a cold disk reads a few hundred megabytes of libraries.
_START_SECONDS = 60
_STOP_SECONDS = 15
_LOG_LINES = 12
_TERMINATED = 128 + signal.SIGTERM


@contextmanager
def own_daemon() -> Iterator[Endpoint]:
    """A daemon that lives as long as this block, with a state directory of its own."""
    with tempfile.TemporaryDirectory(prefix="sfumato-", ignore_cleanup_errors=True) as name:
        state = Path(name)
        log = state / "daemon.log"
        with _ending_on_signals(), log.open("wb") as errors, _process(state, errors) as process:
            address = _first_line(process, log)
            say(f"No daemon is running; one was started for this call ({address}).")
            token = (state / "token").read_text("utf-8").strip()
            try:
                yield Endpoint(address, token)
            except JobFailed:
                say("The end of its log:\n" + _tail(log))  # as the log goes with the daemon
                raise


def known_endpoint(named: Named) -> Endpoint | None:
    """The daemon the user named or has running; None if there is none to be found.

    A named one is returned unseen. The endpoint file of a daemon that died is no daemon.
    """
    if named.join or named.address:
        return named.endpoint()
    try:
        endpoint = named.endpoint()
    except Unavailable:
        return None
    return endpoint if _answers(endpoint) else None


def state_directory(named: Path | None) -> Path:
    """The state directory that the user names, or the usual one."""
    return named.expanduser() if named is not None else state_dir()


def _answers(endpoint: Endpoint) -> bool:
    """Whether anything listens there."""
    import socket

    try:
        with socket.create_connection((endpoint.host, endpoint.port), timeout=3):
            return True
    except OSError:
        return False


@contextmanager
def _process(state: Path, errors: IO[bytes]) -> Iterator[subprocess.Popen[str]]:
    """`sfumato serve`, ended with the block, and with this process however that ends.

    It gets a process group of its own: Ctrl+C is for the command, which cancels the job first.
    """
    command = [
        sys.executable,
        "-m",
        "sfumato",
        "serve",
        "--for-one-call",
        "--listen",
        "127.0.0.1:0",
    ]
    windows = sys.platform == "win32"
    process = subprocess.Popen(  # noqa: S603 (our own words to our own Python)
        [*command, "--state-dir", str(state)],
        stdin=subprocess.PIPE,  # nothing is written: its end is ours
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        start_new_session=not windows,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if windows else 0,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _first_line(process: subprocess.Popen[str], log: Path) -> str:
    """The address from the line that says the daemon is ready."""
    assert process.stdout is not None
    alarm = threading.Timer(_START_SECONDS, process.kill)
    alarm.daemon = True
    alarm.start()
    line = process.stdout.readline().strip()
    alarm.cancel()
    if line.startswith(_READY):
        return line.removeprefix(_READY)
    raise Unavailable(
        "A daemon could not be started for this call. It said:\n" + (_tail(log) or "nothing")
    )


def _tail(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", errors="replace").strip().splitlines()[-_LOG_LINES:])


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """Leave by the way of exceptions when told to end, so that the daemon is not left behind."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(_TERMINATED)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), leave) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
