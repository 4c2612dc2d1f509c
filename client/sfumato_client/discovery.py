"""Finding the daemon: its address and the token that opens it.

The daemon of a user writes ``endpoint.json`` (address, process id, protocol version) and ``token``
(readable by that user alone) into its state folder; clients on the same machine read them there.
Whoever names an address explicitly, or by environment variables, needs no files.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from sfumato_client.endpoint import (
    Endpoint,
    checked_address,
    is_join_string,
    parse_join_string,
)
from sfumato_client.errors import Unavailable

JOIN_VARIABLE = "SFUMATO_JOIN"
ADDRESS_VARIABLE = "SFUMATO_ADDRESS"
TOKEN_VARIABLE = "SFUMATO_TOKEN"  # noqa: S105 (a name, not a secret)
TRUST_VARIABLE = "SFUMATO_TRUST"
STATE_VARIABLE = "SFUMATO_STATE_DIR"
ENDPOINT_FILE = "endpoint.json"
TOKEN_FILE = "token"  # noqa: S105


def find_endpoint(
    address: str | None = None,
    token: str | None = None,
    environ: Mapping[str, str] = os.environ,
    *,
    trust: str | None = None,
) -> Endpoint:
    """Find the daemon: as told, else by environment variables, else by the endpoint file.

    A join string may stand in place of the address or of the token, as people paste it into
    either. The token of this machine's daemon is never sent to an address beyond this machine.
    Raises ``Unavailable`` when no daemon is known or an address is malformed.
    """
    for told in (address, token, None if address else environ.get(JOIN_VARIABLE)):
        if told and is_join_string(told):
            return parse_join_string(told)
    address = address or environ.get(ADDRESS_VARIABLE)
    token = token or environ.get(TOKEN_VARIABLE)
    trust = trust or environ.get(TRUST_VARIABLE)
    if address:
        endpoint = Endpoint(checked_address(address), token or "", trust or "")
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


def named(address: str, token: str, before: Endpoint) -> Endpoint:
    """Return what somebody entered, in parts; either text may be a join string.

    Nobody types a certificate's fingerprint: ``before``'s is kept as long as its address is. Raises
    ``Unavailable`` for a join string that is not whole.
    """
    for text in (address, token):
        if is_join_string(text):
            return parse_join_string(text)
    address = address.strip()
    return Endpoint(address, token.strip(), before.trust if address == before.address else "")


def state_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder where the daemon of this user keeps its endpoint, token and jobs."""
    return next(_state_dirs(environ))


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
    fingerprint = described.get("fingerprint") or ""
    return Endpoint(checked_address(described["address"]), token, str(fingerprint))


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
