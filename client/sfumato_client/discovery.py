"""Finding the daemon: its address and the token that opens it.

The daemon of a user writes ``endpoint.json`` (address, process id, protocol version) and ``token``
(readable by that user alone) into its state folder; clients on the same machine read them there.
Whoever names an address explicitly, or by environment variables, needs no files.
"""

from __future__ import annotations

import ipaddress
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from sfumato_client.errors import Unavailable

ADDRESS_VARIABLE = "SFUMATO_ADDRESS"
TOKEN_VARIABLE = "SFUMATO_TOKEN"  # noqa: S105 (a name, not a secret)
STATE_VARIABLE = "SFUMATO_STATE_DIR"
ENDPOINT_FILE = "endpoint.json"
TOKEN_FILE = "token"  # noqa: S105


class Endpoint(NamedTuple):
    """Where a daemon listens and how to be let in.

    ``address`` is ``"host:port"``, IPv6 hosts in brackets. With a ``fingerprint`` (SHA-256 of the
    daemon's certificate in hex, colons allowed) the connection is TLS and only that certificate is
    accepted.
    """

    address: str
    token: str
    fingerprint: str | None = None

    @property
    def host(self) -> str:
        """The host's name or address, without brackets."""
        return self.address.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self.address.rpartition(":")[2])

    @property
    def is_loopback(self) -> bool:
        """Whether the daemon runs on this machine, where bytes cost less than packing them."""
        return is_loopback(self.host)


def find_endpoint(
    address: str | None = None,
    token: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Endpoint:
    """Find the daemon: as told, else by environment variables, else by the endpoint file.

    The token of this machine's daemon is never sent to an address beyond this machine. Raises
    ``Unavailable`` when no daemon is known or an address is malformed.
    """
    address = address or environ.get(ADDRESS_VARIABLE)
    token = token or environ.get(TOKEN_VARIABLE)
    if address:
        endpoint = Endpoint(_checked(address), token or "")
        if not token and endpoint.is_loopback:
            endpoint = endpoint._replace(token=_first_token(environ))
        return endpoint
    for folder in _state_dirs(environ):
        found = _read_endpoint(folder)
        if found is not None:
            return found._replace(token=token) if token else found
    raise Unavailable(
        "No Sfumato daemon is running. Start it with `sfumato serve`, or name a running one by "
        f"its address and token ({ADDRESS_VARIABLE}, {TOKEN_VARIABLE})."
    )


def state_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder where the daemon of this user keeps its endpoint, token and jobs."""
    return next(_state_dirs(environ))


def is_loopback(host: str) -> bool:
    """Tell whether a host's name or address means this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _state_dirs(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield state folders, best first.

    Inside a Flatpak or Snap the usual variables point into the sandbox, while the daemon runs
    outside: both packagers tell the real places by variables of their own.
    """
    if explicit := environ.get(STATE_VARIABLE):
        yield Path(explicit).expanduser()
        return
    home = Path(environ.get("HOME") or Path.home())
    if sys.platform == "win32":
        local = environ.get("LOCALAPPDATA")
        yield (Path(local) if local else home / "AppData" / "Local") / "sfumato"
    elif sys.platform == "darwin":
        yield home / "Library" / "Application Support" / "sfumato"
    else:
        yield Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state") / "sfumato"
        if outside := environ.get("HOST_XDG_STATE_HOME"):
            yield Path(outside) / "sfumato"
        real_home = environ.get("SNAP_REAL_HOME")
        if real_home or "FLATPAK_ID" in environ:
            yield Path(real_home or home) / ".local" / "state" / "sfumato"


def _read_endpoint(folder: Path) -> Endpoint | None:
    try:
        described = json.loads((folder / ENDPOINT_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"{folder / ENDPOINT_FILE} cannot be read ({error}). Restart the daemon to renew it."
        ) from error
    if not isinstance(described, dict) or not isinstance(described.get("address"), str):
        raise Unavailable(
            f"{folder / ENDPOINT_FILE} names no address. Restart the daemon to renew it."
        )
    token = _read_token(folder)
    if token is None:
        raise Unavailable(
            f"The daemon's token is missing from {folder}. Restart the daemon to renew it."
        )
    fingerprint = described.get("fingerprint")
    return Endpoint(_checked(described["address"]), token, fingerprint or None)


def _first_token(environ: Mapping[str, str]) -> str:
    tokens = (_read_token(folder) for folder in _state_dirs(environ))
    return next((token for token in tokens if token), "")


def _read_token(folder: Path) -> str | None:
    try:
        return (folder / TOKEN_FILE).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unavailable(
            f"{folder / TOKEN_FILE} cannot be read ({error}). It belongs to the user who started "
            "the daemon."
        ) from error


def _checked(address: str) -> str:
    host, colon, port = address.strip().rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise Unavailable(
            f"{address!r} is not an address: write host:port, for example 127.0.0.1:7878."
        )
    if host.count(":") and not (host.startswith("[") and host.endswith("]")):
        raise Unavailable(f"{address!r} is ambiguous: write IPv6 addresses as [::1]:7878.")
    return f"{host}:{port}"
