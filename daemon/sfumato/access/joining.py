"""The join string of a daemon that runs: where it is, its certificate, and a token."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

from sfumato.access.tokens import TokenError
from sfumato_client.discovery import ENDPOINT_FILE
from sfumato_client.endpoint import Endpoint, checked_address, join_string
from sfumato_client.errors import Unavailable

_ELSEWHERE = "192.0.2.1", 9
"""An address of documentation (RFC 5737): asking for the way there sends nothing."""


def join_string_for(state_dir: Path, host: str = "") -> Callable[[str], str]:
    """How to make a token into a join string for the running daemon.

    ``host`` is how others reach this computer; without it, its address in the network. Raises
    ``TokenError`` if no daemon runs or ``host`` is none.
    """
    try:
        described = json.loads((state_dir / ENDPOINT_FILE).read_text("utf-8"))
        listening = Endpoint(described.get("listen") or described["address"], "")
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise TokenError(
            "--join tells where the daemon is, and none runs. Start it first: `sfumato serve`, or "
            "`sfumato serve --listen 0.0.0.0:7878` for the network."
        ) from error
    if listening.is_loopback and host:
        raise TokenError(
            f"The daemon listens on {listening.address}, where only this computer reaches it, so "
            "--host does not help. Start it with --listen 0.0.0.0:7878 for the network."
        )
    name = host.strip("[]") or listening.host
    if name in ("0.0.0.0", "::"):  # noqa: S104 (compared, not bound)
        name = _own_address()
    try:
        name = f"[{name}]" if ":" in name else name
        address = checked_address(f"{name}:{listening.port}")
    except Unavailable as error:
        raise TokenError(f"--host is {host!r}, which is no host: {error.message}") from error
    fingerprint = str(described.get("fingerprint", ""))
    return lambda secret: join_string(Endpoint(address, secret, fingerprint))


def _own_address() -> str:
    """The address of this computer in the network, by the way that packets take out of it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        try:
            out.connect(_ELSEWHERE)
        except OSError:
            return socket.gethostname()
        return str(out.getsockname()[0])
