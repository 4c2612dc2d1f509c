"""A daemon with a page, and everybody who may or may not call it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sfumato.access.tokens import Scope, TokenStore
from tests.support.daemon import GUARD, Daemon
from tests.support.edits import wire_edit
from tests.web.browsing import Visitor, daemon_with_page, page_of, signed_in

MARKER = "a-title-that-nobody-else-may-see"
STRANGERS = (
    "nobody",
    "a wrong token",
    "a revoked token",
    "an expired token",
    "a cookie without its key",
    "a key without its cookie",
    "another's key",
    "who signed out",
)


@dataclass(frozen=True)
class Studio:
    """A daemon with a page, and who knows what of it."""

    daemon: Daemon
    tokens: dict[str, str]

    @property
    def page(self) -> str:
        """Its address."""
        return page_of(self.daemon)

    def visitor(self, who: str) -> Visitor:
        """Somebody at the page, with a session if their token opens one."""
        visitor = Visitor(self.page)
        if who in self.tokens:
            visitor.sign_in(token=self.tokens[who])
            return visitor
        owner = signed_in(self.page, self.tokens["the owner"])
        match who:
            case "a cookie without its key":
                del owner.headers["x-sfumato-key"]
            case "a key without its cookie":
                del owner.headers["cookie"]
            case "another's key":
                key = signed_in(self.page, self.tokens["another"]).headers["x-sfumato-key"]
                owner.headers["x-sfumato-key"] = key
            case "who signed out":
                assert owner.ask("DELETE", "/api/session").status == 200
            case _:
                owner.headers.clear()
        return owner

    def job(self) -> str:
        """A new job of the owner's that has ended."""
        edit = wire_edit()
        edit.header.title = MARKER
        metadata = (("authorization", f"Bearer {self.tokens['the owner']}"),)
        with self.daemon.stub() as stub:
            events = list(stub.Inpaint(edit.requests(), metadata=metadata, timeout=GUARD))
        assert events[-1].HasField("done")
        return events[0].accepted.job_id


@contextmanager
def studio(state: Path) -> Iterator[Studio]:
    """An owner, another artist, an admin, and tokens that are over."""
    with daemon_with_page(state) as daemon:
        store = TokenStore(state)
        tokens = {
            "a wrong token": "wrong",
            "a revoked token": store.create("revoked"),
            "an expired token": store.create("expired", lifetime=timedelta(0)),
            "the owner": store.create("owner"),
            "another": store.create("another"),
            "an admin": store.create("chief", Scope.ADMIN),
        }
        signed_in(page_of(daemon), tokens["a revoked token"])
        store.revoke("revoked")
        yield Studio(daemon, tokens)
