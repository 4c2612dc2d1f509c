"""Tokens for others: made once, shown once, kept as hashes.

Each token is one file of the state directory, named at random, written once and never changed: the
names of the files say everything about which tokens there are, so that a running daemon has only to
look which have come and which are gone.

A token is 256 random bits. So its plain SHA-256 can be stored: there is no dictionary of such
tokens to try, which is what slow password hashes are for, and a call costs microseconds.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sfumato.access.private import others_can_write, write_private

log = logging.getLogger(__name__)

FOLDER = "tokens"
NAME = re.compile(r"[\w][\w .@+-]{0,63}")

_TOKEN_BYTES = 32
_ID_BYTES = 8


class Scope(StrEnum):
    """What a token allows."""

    ARTIST = "artist"
    """Edits, and everything about one's own."""

    ADMIN = "admin"
    """Also to pause and drain the daemon, and to cancel anybody's edits."""


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token: everything but the token. Times are in UTC."""

    name: str
    scope: Scope
    digest: bytes
    created: datetime
    expires: datetime | None = None

    @property
    def owner(self) -> str:
        """The owner that it stands for, as jobs and logs name it; tells nothing of the token."""
        return self.digest.hex()[:16]

    def expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires is not None and self.expires <= now


class TokenError(Exception):
    """A token cannot be made or used; the message says why and what to do."""


def new_secret() -> str:
    """A token that nobody can guess."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def digest(secret: str) -> bytes:
    """How a token is stored and compared."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def matching(secret: str, tokens: Iterable[Token]) -> Token | None:
    """The token that this is, in a time that does not depend on which it is or how near a miss."""
    wanted = digest(secret)
    found = None
    for token in tokens:
        if hmac.compare_digest(token.digest, wanted):
            found = token
    return found


class TokenStore:
    """The tokens of a state directory. Any process of its user may add and remove some."""

    def __init__(self, state_dir: Path) -> None:
        self.folder = state_dir / FOLDER

    def create(
        self, name: str, scope: Scope = Scope.ARTIST, lifetime: timedelta | None = None
    ) -> str:
        """Make a token and return it, which is the only time that it can be seen.

        Raises ``TokenError`` for a name that is taken or no name, ``OSError`` when it cannot be
        written.
        """
        if not NAME.fullmatch(name):
            raise TokenError(
                f"{name!r} is no name for a token: use up to 64 letters, digits, spaces and .@+-_ "
                "and begin with a letter or digit."
            )
        now = datetime.now(UTC)
        if any(token.name == name and not token.expired(now) for token in self.read().values()):
            raise TokenError(
                f"There is a token named {name!r} already. Choose another name, or take that one "
                f"back first: sfumato token revoke {name!r}"
            )
        secret = new_secret()
        expires = None if lifetime is None else now + lifetime
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self.folder / f"{secrets.token_hex(_ID_BYTES)}.json"
        write_private(file, _written(Token(name, scope, digest(secret), now, expires)))
        return secret

    def revoke(self, name: str) -> int:
        """Remove all tokens of that name; how many there were. ``OSError``."""
        gone = [stem for stem, token in self.read().items() if token.name == name]
        for stem in gone:
            (self.folder / f"{stem}.json").unlink(missing_ok=True)
        return len(gone)

    def list(self) -> Sequence[Token]:
        """All tokens, oldest first, expired ones too."""
        return sorted(self.read().values(), key=lambda token: token.created)

    def stems(self) -> frozenset[str]:
        """What the files are called, which changes whenever a token comes or goes."""
        return frozenset(path.stem for path in self.folder.glob("[!.]*.json"))

    def read(self, but: frozenset[str] = frozenset()) -> dict[str, Token]:
        """All tokens by their files' names, ``but`` those. Files that are no tokens open nothing.

        They are named in the log, and ``sfumato doctor`` shows them.
        """
        tokens = {}
        for stem in self.stems() - but:
            try:
                tokens[stem] = self.read_one(stem)
            except FileNotFoundError:
                continue  # revoked this moment
            except (TokenError, OSError) as error:
                log.warning("a token file is not used: %s", error)
        return tokens

    def read_one(self, stem: str) -> Token:
        """One token; ``TokenError`` if the file holds none or others may write it, ``OSError``."""
        path = self.folder / f"{stem}.json"
        if others_can_write(path):
            raise TokenError(
                f"Other users can change {path}. Delete it, or run: chmod 600 '{path}'"
            )
        try:
            return _parsed(path.read_text("utf-8"))
        except (ValueError, KeyError, TypeError) as error:
            raise TokenError(f"{path} holds no token ({error!r}). Delete it.") from error


def _written(token: Token) -> str:
    described = {
        "name": token.name,
        "scope": token.scope,
        "sha256": token.digest.hex(),
        "created": token.created.isoformat(timespec="seconds"),
        "expires": token.expires and token.expires.isoformat(timespec="seconds"),
    }
    return json.dumps(described, indent=1) + "\n"


def _parsed(text: str) -> Token:
    described = json.loads(text)
    hashed = bytes.fromhex(described["sha256"])
    if len(hashed) != hashlib.sha256().digest_size:
        raise ValueError("its hash is no SHA-256")
    expires = described["expires"]
    return Token(
        name=str(described["name"]),
        scope=Scope(described["scope"]),
        digest=hashed,
        created=_moment(described["created"]),
        expires=None if expires is None else _moment(expires),
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("its times have no zone")
    return moment
