"""A daemon with a page, and a browser's requests to it without a browser."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.daemon import GUARD, Daemon, running_daemon


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        """The JSON that it is."""
        return json.loads(self.data)


@dataclass
class Visitor:
    """Somebody at the page: the cookie and the key that they got, if any."""

    page: str
    headers: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request on a connection of its own; a stream is read up to its first line."""
        sent = {**self.headers, **(headers or {})}
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent = {"content-type": "application/json", **sent}
        with self._connected() as connection:
            connection.request(method, path, data, sent)
            answer = connection.getresponse()
            endless = answer.getheader("content-type", "").startswith("application/x-ndjson")
            read = answer.readline() if endless else answer.read()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, told, read)

    @contextmanager
    def queue(self) -> Iterator[Iterator[bytes]]:
        """The lines of the live queue, as they come."""
        with self._connected() as connection:
            connection.request("GET", "/api/queue", headers=self.headers)
            yield iter(connection.getresponse().readline, b"")

    def _connected(self) -> closing[http.client.HTTPConnection]:
        place = urlsplit(self.page)
        return closing(http.client.HTTPConnection(str(place.hostname), place.port, timeout=GUARD))

    def sign_in(self, **secret: str) -> Answer:
        """Open a session; its cookie and key are sent from now on."""
        answer = self.ask("POST", "/api/session", secret)
        if answer.status == 200:
            cookie = answer.headers["set-cookie"].partition(";")[0]
            self.headers |= {"cookie": cookie, "x-sfumato-key": answer.json["key"]}
        return answer


def page_of(daemon: Daemon) -> str:
    """Where a daemon's page is."""
    return str(json.loads((daemon.state / "endpoint.json").read_text())["page"])


def signed_in(page: str, token: str) -> Visitor:
    """A visitor with a session."""
    visitor = Visitor(page)
    assert visitor.sign_in(token=token).status == 200
    return visitor


@contextmanager
def daemon_with_page(state: Path, *arguments: str, **environment: str) -> Iterator[Daemon]:
    """A daemon whose page has any free port."""
    with running_daemon(state, "--web", "0", *arguments, **environment) as daemon:
        yield daemon
