"""An address to listen at, as people write it."""

from __future__ import annotations

from typing import NamedTuple

from sfumato_client.endpoint import is_loopback


class Listen(NamedTuple):
    """Where the daemon listens. Port 0: the one used last time, else any free one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Listen:
        """From ``HOST:PORT``, ``[IPV6]:PORT``, ``HOST`` or ``:PORT``; ``ValueError`` otherwise."""
        host, colon, port = text.rpartition(":")
        if not colon or text.endswith("]"):
            host, port = text, "0"
        host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
        if not (port.isascii() and port.isdigit() and int(port) <= 65535):
            raise ValueError("must be HOST:PORT with a port from 0 to 65535")
        return cls(host, int(port))

    @property
    def loopback(self) -> bool:
        """Whether only this computer can connect."""
        return is_loopback(self.host)

    @property
    def here(self) -> Listen:
        """How this computer's own clients reach it: a wildcard is no address to connect to."""
        local = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (compared, not bound)
        return self._replace(host=local.get(self.host, self.host))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"
