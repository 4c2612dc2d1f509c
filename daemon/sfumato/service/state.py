"""The state directory: one daemon at a time, and where clients find it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from sfumato.access.private import write_private
from sfumato.listen import Listen
from sfumato_client.discovery import ENDPOINT_FILE
from sfumato_client.version import PROTOCOL

_LOCK_FILE = "lock"
_PORT_FILE = "port"


class CannotServe(Exception):
    """The daemon cannot start; the message says why and what to do."""


class StateDir:
    """A directory for this user alone; ``CannotServe`` if it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not os.access(path, os.W_OK):
                raise PermissionError(f"you may not write to {path}")
        except OSError as error:
            raise CannotServe(
                f"The state directory {path} cannot be used: {error}. Choose another with "
                "--state-dir."
            ) from error

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Keep other daemons out; ``CannotServe`` if one is there."""
        lock = FileLock(self.path / _LOCK_FILE, mode=0o600)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise CannotServe(
                f"Another daemon{self._whereabouts()} uses the state directory {self.path}. Stop "
                "it, or choose another directory with --state-dir."
            ) from None
        try:
            yield
        finally:
            lock.release()

    def publish(self, listening: Listen, fingerprint: str = "", page: str = "") -> None:
        """Tell clients of this computer where the daemon listens, and what certificate it has.

        ``page`` is the address of its page, if it has one.
        """
        endpoint: dict[str, object] = {
            "address": str(listening.here),
            "pid": os.getpid(),
            "protocol": list(PROTOCOL),
        }
        if fingerprint:
            endpoint |= {"listen": str(listening), "fingerprint": fingerprint}
        if page:
            endpoint["page"] = page
        write_private(self.path / ENDPOINT_FILE, json.dumps(endpoint) + "\n")
        write_private(self.path / _PORT_FILE, f"{listening.port}\n")

    def withdraw(self) -> None:
        """Take that back, unless another daemon has written it anew."""
        endpoint = self._endpoint()
        if endpoint.get("pid") == os.getpid():
            (self.path / ENDPOINT_FILE).unlink(missing_ok=True)

    @property
    def last_port(self) -> int:
        """The port of the daemon that was here before, so that its clients find the next; or 0."""
        try:
            port = int((self.path / _PORT_FILE).read_text("ascii"))
        except (OSError, ValueError):
            return 0
        return port if 0 < port <= 65535 else 0

    def _endpoint(self) -> dict[str, object]:
        try:
            endpoint = json.loads((self.path / ENDPOINT_FILE).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return endpoint if isinstance(endpoint, dict) else {}

    def _whereabouts(self) -> str:
        endpoint = self._endpoint()
        if not endpoint:
            return ""
        return f" (process {endpoint.get('pid')}, listening on {endpoint.get('address')})"
