"""A daemon as its clients know it: where it listens, what opens it, and how it proves itself.

All of it fits into one string, which `sfumato token create --join` prints and every client takes:
``sfumato://TOKEN@HOST:PORT?sha256=FINGERPRINT``.
"""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from sfumato_client.errors import Unavailable

JOIN_SCHEME = "sfumato://"
SYSTEM = "system"

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


class Endpoint(NamedTuple):
    """Where a daemon listens and how to be let in.

    ``address`` is ``"host:port"``, IPv6 hosts in brackets. ``trust`` says how the daemon proves
    that it is the right one: by the SHA-256 fingerprint of its certificate (hex, colons allowed),
    by an authority that this computer knows (``"system"``), or by one in a PEM file (its path).
    Empty means no TLS on this computer, and ``"system"`` beyond it: there nothing travels in
    plain text.
    """

    address: str
    token: str
    trust: str = ""

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

    @property
    def encrypted(self) -> bool:
        """Whether the connection is TLS."""
        return bool(self.trust) or not self.is_loopback

    @property
    def fingerprint(self) -> str:
        """The only certificate to believe, 64 hex digits; empty if authorities are believed."""
        plain = self.trust.replace(":", "").lower()
        return plain if _FINGERPRINT.fullmatch(plain) else ""


def is_loopback(host: str) -> bool:
    """Tell whether a host's name or address means this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def join_string(endpoint: Endpoint) -> str:
    """Put an endpoint into one string. A file of authorities cannot travel in it."""
    query = f"?{urlencode({'sha256': endpoint.fingerprint})}" if endpoint.fingerprint else ""
    return f"{JOIN_SCHEME}{quote(endpoint.token, safe='')}@{endpoint.address}{query}"


def is_join_string(text: str) -> bool:
    """Tell whether somebody entered a join string, maybe a damaged one."""
    return text.strip().lower().startswith(JOIN_SCHEME)


def parse_join_string(text: str) -> Endpoint:
    """Read a join string, however mail programs broke it; ``Unavailable`` if it is not whole."""
    url = urlsplit("".join(text.split()))
    token, at, address = url.netloc.rpartition("@")
    try:
        query = parse_qs(url.query, strict_parsing=bool(url.query), keep_blank_values=True)
    except ValueError:
        query = {"": []}
    [fingerprint] = query.pop("sha256", [""])[:1]
    endpoint = Endpoint(checked_address(address), unquote(token), fingerprint) if at else None
    whole = endpoint is not None and token and endpoint.fingerprint == fingerprint.lower()
    if endpoint is None or not whole or query or not is_join_string(text):
        raise Unavailable(
            "The join string is not whole. Copy all of it, from sfumato:// to its end, as "
            "`sfumato token create NAME --join` printed it."
        )
    return endpoint


def checked_address(address: str) -> str:
    """Return an address without blanks around it; ``Unavailable`` unless it is ``host:port``."""
    host, colon, port = address.strip().rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise Unavailable(
            f"{address!r} is not an address: write host:port, for example 127.0.0.1:7878."
        )
    if host.count(":") and not (host.startswith("[") and host.endswith("]")):
        raise Unavailable(f"{address!r} is ambiguous: write IPv6 addresses as [::1]:7878.")
    return f"{host}:{port}"
