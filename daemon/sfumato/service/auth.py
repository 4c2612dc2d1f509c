"""Who may call: the tokens that this daemon knows, and the owners that they stand for.

A client sends the metadata ``authorization: Bearer TOKEN``. The owner is derived from the token,
so that jobs belong to whoever holds it; a log may show the owner, never the token. Whether a token
never was, is no more or has expired is told to nobody: all are answered alike.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from grpc import StatusCode

from sfumato.access.private import others_can_read, write_private
from sfumato.access.tokens import (
    Scope,
    Token,
    TokenError,
    TokenStore,
    digest,
    matching,
    new_secret,
)
from sfumato.service.status import Refusal

TOKEN_FILE = "token"  # noqa: S105 (a file's name)
LOCAL_NAME = "this computer"
_SCHEME = "bearer "

Metadata = Iterable[tuple[str, str | bytes]]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a call: ``owner`` as jobs know it, the token's ``name`` for people."""

    owner: str
    name: str
    admin: bool


CALLER: ContextVar[Caller] = ContextVar("caller")
"""Who makes the call that runs; the gate says so."""


class Tokens:
    """The token of this computer's user, and those made for others, as they come and go."""

    def __init__(self, local: Token, store: TokenStore) -> None:
        self._local = local
        self._store = store
        self._known = store.read()
        self._stems = store.stems()
        self._looking = asyncio.Lock()

    @classmethod
    def of(cls, state_dir: Path) -> Tokens:
        """Those of ``state_dir``; its ``token`` is made (0600) if there is none. ``TokenError``."""
        path = state_dir / TOKEN_FILE
        if not path.exists():
            write_private(path, new_secret() + "\n")
        if others_can_read(path):
            raise TokenError(
                f"Other users can read the token in {path}. Delete the file, so that a new token "
                f"is made, or run: chmod 600 '{path}'"
            )
        secret = path.read_text("ascii", errors="replace").strip()
        if not secret:
            raise TokenError(f"The token file {path} is empty. Delete it: a new one will be made.")
        made = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        local = Token(LOCAL_NAME, Scope.ADMIN, digest(secret), made)
        return cls(local, TokenStore(state_dir))

    async def caller(self, metadata: Metadata | None) -> Caller:
        """Who calls, by a call's metadata; a ``Refusal`` (UNAUTHENTICATED) for anybody else."""
        secret = _bearer(metadata or ())
        if not secret:
            raise Refusal(StatusCode.UNAUTHENTICATED, "TOKEN_MISSING", _MISSING)
        token = matching(secret, self._valid())
        if token is None:
            await self.refresh()  # It may have been made a moment ago.
            token = matching(secret, self._valid())
        if token is None:
            raise wrong_token()
        return _caller(token)

    def holder(self, owner: str) -> Caller | None:
        """Who calls with the owner's token; None if it is not valid any more."""
        return next((_caller(token) for token in self._valid() if token.owner == owner), None)

    def knows(self, owner: str) -> bool:
        """Whether the owner may still call."""
        return self.holder(owner) is not None

    async def refresh(self) -> None:
        """Look which tokens have come and which are gone."""
        async with self._looking:  # So that no older look comes after a newer one.
            stems = await asyncio.to_thread(self._store.stems)
            if stems != self._stems:
                fresh = await asyncio.to_thread(self._store.read, frozenset(self._known))
                kept = {stem: token for stem, token in self._known.items() if stem in stems}
                self._known, self._stems = kept | fresh, stems

    def _valid(self) -> Iterable[Token]:
        now = datetime.now(UTC)
        return [
            self._local,
            *(token for token in self._known.values() if not token.expired(now)),
        ]


def _caller(token: Token) -> Caller:
    return Caller(token.owner, token.name, token.scope is Scope.ADMIN)


def wrong_token() -> Refusal:
    """The answer to every token that is not known, whatever the reason."""
    return Refusal(StatusCode.UNAUTHENTICATED, "TOKEN_WRONG", _WRONG)


_HOW = (
    "For a daemon on this computer, leave address and token empty. Otherwise ask whoever runs the "
    "daemon for a join string (`sfumato token create NAME --join`) and enter it."
)
_MISSING = f"This daemon wants a token, and none was sent. {_HOW}"
_WRONG = f"This daemon does not take this token: it is mistyped, or not valid any more. {_HOW}"


def _bearer(metadata: Metadata) -> str:
    for key, value in metadata:
        if key == "authorization" and isinstance(value, str) and value.lower().startswith(_SCHEME):
            return value[len(_SCHEME) :].strip()
    return ""


def check_admin(wish: str) -> None:
    """``Refusal`` if the caller's token is none of an admin's."""
    if not CALLER.get().admin:
        raise Refusal(
            StatusCode.PERMISSION_DENIED,
            "NOT_ADMIN",
            f"Only an admin's token may {wish}, and this is none.",
        )
