"""Who is signed in to the page.

A browser shows two secrets: a cookie that no script can read, and a key that the page keeps with
its own origin. Cookies alone would not do, as browsers send them to every port of this computer,
also to another user's server there; a key alone could be read by a script. Neither is a token, and
both end with the daemon. Only their hashes are kept.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from sfumato.access.tokens import digest

IDLE_SECONDS = 24 * 3600.0
"""A session that nobody uses for so long is over."""
CODE_SECONDS = 60.0
_MOST = 16
"""Sessions, and codes, of one owner: nobody can drive another one's out."""


class Opened(NamedTuple):
    """What a browser gets when its user signs in."""

    cookie: str
    key: str


@dataclass(slots=True)
class _Session:
    owner: str
    key: bytes
    used: float


@dataclass(frozen=True, slots=True)
class _Code:
    owner: str
    made: float


Kept = TypeVar("Kept", _Session, _Code)


class Sessions:
    """Sessions by the hash of their cookie, and codes that open one; old ones make way for new."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sessions: OrderedDict[bytes, _Session] = OrderedDict()
        self._codes: OrderedDict[bytes, _Code] = OrderedDict()

    def begin(self, owner: str) -> Opened:
        """Sign the owner in."""
        opened = Opened(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
        session = _Session(owner, digest(opened.key), self._clock())
        _make_way(self._sessions, owner)
        self._sessions[digest(opened.cookie)] = session
        return opened

    def owner(self, cookie: str, key: str) -> str | None:
        """Whose session it is; None unless both secrets are right and it is not over."""
        name, now = digest(cookie), self._clock()
        session = self._sessions.get(name)
        if session is None or not hmac.compare_digest(session.key, digest(key)):
            return None
        if now - session.used > IDLE_SECONDS:
            del self._sessions[name]
            return None
        session.used = now
        self._sessions.move_to_end(name)
        return session.owner

    def end(self, cookie: str) -> None:
        """Sign out."""
        self._sessions.pop(digest(cookie), None)

    def code(self, owner: str) -> str:
        """A secret that signs the owner in once, within a minute.

        It may stand in an address: who reads that later, in a list of processes or in a browser's
        history, has nothing.
        """
        code = secrets.token_urlsafe(32)
        _make_way(self._codes, owner)
        self._codes[digest(code)] = _Code(owner, self._clock())
        return code

    def redeem(self, code: str) -> str | None:
        """The owner that a code was made for; None if it is wrong, used or too old."""
        found = self._codes.pop(digest(code), None)
        if found is None or self._clock() - found.made > CODE_SECONDS:
            return None
        return found.owner


def _make_way(kept: OrderedDict[bytes, Kept], owner: str) -> None:
    """Drop the owner's oldest if there are too many."""
    names = [name for name, one in kept.items() if one.owner == owner]
    if len(names) >= _MOST:
        del kept[names[0]]
