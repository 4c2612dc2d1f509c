"""Reaching the daemon: the one of the settings, or this machine's own, started if need be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from gi.repository import Gimp

from sfumato_client import (
    Client,
    Endpoint,
    Refused,
    Unavailable,
    find_endpoint,
    named,
    state_dir,
)

from . import settings

START_S = 20.0
LOOK_AGAIN_S = 0.2


def folder() -> Path:
    """Where GIMP keeps what is the user's own."""
    return Path(Gimp.directory())


def connect() -> Client:
    """A client of the daemon, which has answered.

    Raises ``Unavailable``, ``Unauthenticated`` or ``VersionMismatch`` with what to do.
    """
    chosen = settings.load(folder())
    if not (folder() / settings.FILE).exists():
        _save(chosen)
    endpoint = find_endpoint(
        chosen.address or None, chosen.token or None, trust=chosen.trust or None
    )
    client = Client(endpoint, "gimp", Gimp.version(), client_id=chosen.client_id)
    try:
        client.capabilities()
    except BaseException:
        client.close()
        raise
    return client


def use(address: str, token: str) -> None:
    """From now on use that daemon; with two empty texts this machine's own.

    Either may be a join string. Raises ``Unavailable`` if that is not whole.
    """
    chosen = settings.load(folder())
    parts = named(address, token, before=Endpoint(chosen.address, chosen.token, chosen.trust))
    _save(replace(chosen, address=parts.address, token=parts.token, trust=parts.trust))


def start_daemon() -> Client:
    """Start `sfumato serve` for this user, and connect to it once it answers.

    It outlives GIMP. Raises ``Unavailable`` if there is no such command or it does not come up.
    """
    log = state_dir() / "serve.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        daemon = subprocess.Popen(  # noqa: S603 (a fixed command, no shell)
            [*_command(), "serve"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    deadline = time.monotonic() + START_S
    while daemon.poll() is None and time.monotonic() < deadline:
        client = _try()
        if client is not None:
            return client
        time.sleep(LOOK_AGAIN_S)
    raise Unavailable(f"The daemon was started but did not answer: {log} says why.")


def _save(chosen: settings.Settings) -> None:
    try:
        settings.save(chosen, folder())
    except OSError as error:
        raise Refused(
            f"{folder() / settings.FILE} cannot be written ({error}). Make room, or give yourself "
            "the right to write there."
        ) from error


def _try() -> Client | None:
    try:
        return connect()
    except Unavailable:
        return None


def _command() -> list[str]:
    if "FLATPAK_ID" in os.environ:
        # The daemon lives outside the sandbox.
        return ["flatpak-spawn", "--host", "sfumato"]
    found = shutil.which("sfumato", path=os.pathsep.join([os.environ.get("PATH", ""), *_HOMES]))
    if found is None:
        raise Unavailable(
            "The command `sfumato` was not found. Install Sfumato as its README says, or enter the "
            "address and token of a daemon on another machine."
        )
    return [found]


# Where user installations put commands, which a desktop's PATH often lacks.
_HOMES = (
    [str(Path.home() / ".local/bin"), "/opt/homebrew/bin", "/usr/local/bin"]
    if sys.platform != "win32"
    else [str(Path.home() / ".local/bin")]
)
