"""Who may call: the token of the state directory, and the owner that it stands for.

A client sends the metadata ``authorization: Bearer TOKEN``. The owner is derived from the token,
so that jobs belong to whoever holds it; a log may show the owner, never the token.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

from grpc import StatusCode

from sfumato.service.files import write_private
from sfumato.service.status import Refusal

TOKEN_FILE = "token"  # noqa: S105 (a file's name)
_SCHEME = "bearer "
_TOKEN_BYTES = 32

Metadata = Iterable[tuple[str, str | bytes]]


class TokenError(Exception):
    """The token file cannot be used; the message says why and what to do."""


class Tokens:
    """The one token of this daemon."""

    def __init__(self, token: str) -> None:
        self._digest = _digest(token)

    @classmethod
    def of(cls, state_dir: Path) -> Tokens:
        """From ``state_dir/token``, which is made (0600) if there is none; ``TokenError``."""
        path = state_dir / TOKEN_FILE
        if not path.exists():
            write_private(path, secrets.token_urlsafe(_TOKEN_BYTES) + "\n")
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise TokenError(
                f"Other users can read the token in {path}. Delete the file, so that a new token "
                f"is made, or run: chmod 600 '{path}'"
            )
        token = path.read_text("ascii", errors="replace").strip()
        if not token:
            raise TokenError(f"The token file {path} is empty. Delete it: a new one will be made.")
        return cls(token)

    def owner(self, metadata: Metadata | None) -> str:
        """Who calls, by a call's metadata; a ``Refusal`` (UNAUTHENTICATED) for anybody else."""
        token = _bearer(metadata or ())
        if not token:
            raise _unauthenticated("TOKEN_MISSING", "This call carries no token.")
        digest = _digest(token)
        if not hmac.compare_digest(digest, self._digest):
            raise _unauthenticated("TOKEN_WRONG", "This daemon does not know this token.")
        return digest.hex()[:16]

    def is_admin(self, owner: str) -> bool:
        """Whether an owner may pause the daemon and cancel others' jobs: the one there is may."""
        return owner == self._digest.hex()[:16]


def _bearer(metadata: Metadata) -> str:
    for key, value in metadata:
        if key == "authorization" and isinstance(value, str) and value.lower().startswith(_SCHEME):
            return value[len(_SCHEME) :].strip()
    return ""


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def _unauthenticated(reason: str, what: str) -> Refusal:
    return Refusal(
        StatusCode.UNAUTHENTICATED,
        reason,
        f"{what} The token lies in the file `token` of the daemon's state directory; send it as "
        "the metadata `authorization: Bearer TOKEN`.",
    )
