"""Every route of the page, over real sockets, by everybody who may or may not call."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from sfumato.access.tokens import Scope, TokenStore
from sfumato.service.attempts import BURST
from sfumato.web.guard import HEADERS
from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import jobs_pb2
from tests.support.daemon import GUARD, Daemon, running_daemon
from tests.support.edits import HEIGHT, WIDTH, picture, wire_edit
from tests.web.browsing import Answer, Visitor, daemon_with_page, page_of, signed_in

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
class Row:
    """What becomes of a request about a job of the owner's, which has ended."""

    method: str
    path: str
    body: Callable[[str], object] = lambda job: None
    owner: int = 200
    other: int = 200
    admin: int = 200
    strangers: int = 401


def about(job: str) -> object:
    return {"job_id": job}


def nothing(job: str) -> object:
    return {}


# As over gRPC: an admin ends anybody's edit, but sees none.
ROWS = {
    "page": Row("GET", "/", strangers=200),
    "script": Row("GET", "/app.js", strangers=200),
    "sign in": Row("POST", "/api/session", lambda job: {"token": "x"}, 401, 401, 401),
    "code": Row("POST", "/api/code", nothing, 401, 401, 401),
    "who": Row("GET", "/api/session"),
    "queue": Row("GET", "/api/queue"),
    "GetCapabilities": Row("POST", "/api/GetCapabilities", nothing),
    "ListJobs": Row("POST", "/api/ListJobs", nothing),
    "GetJob": Row("POST", "/api/GetJob", about, other=404, admin=404),
    "before": Row("GET", "/api/jobs/{}/before", other=404, admin=404),
    "mask": Row("GET", "/api/jobs/{}/mask", other=404, admin=404),
    "after": Row("GET", "/api/jobs/{}/after", other=404, admin=404),
    "preview": Row("GET", "/api/jobs/{}/preview", owner=204, other=404, admin=404),
    "replay": Row("POST", "/api/jobs/{}/replay", nothing, other=404, admin=404),
    "Cancel": Row("POST", "/api/Cancel", about, other=404),
    "UpdateJob": Row(
        "POST", "/api/UpdateJob", lambda job: {"job_id": job, "paused": True}, 409, 404, 404
    ),
    "UpdateDaemon": Row("POST", "/api/UpdateDaemon", lambda job: {"paused": False}, 403, 403),
    "ForgetJobs": Row("POST", "/api/ForgetJobs", about, other=404, admin=404),
    # The last one, as it ends the sessions.
    "sign out": Row("DELETE", "/api/session"),
}


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

    def ask(self, row: Row, job: str, who: str) -> Answer:
        """One row's request."""
        return self.visitor(who).ask(row.method, row.path.format(job), row.body(job))

    def job(self) -> str:
        """A new job of the owner's that has ended."""
        edit = wire_edit()
        edit.header.title = MARKER
        metadata = (("authorization", f"Bearer {self.tokens['the owner']}"),)
        with self.daemon.stub() as stub:
            events = list(stub.Inpaint(edit.requests(), metadata=metadata, timeout=GUARD))
        assert events[-1].HasField("done")
        return events[0].accepted.job_id


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """An owner, another artist, an admin, and tokens that are over."""
    state = tmp_path_factory.mktemp("studio")
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


@pytest.mark.parametrize("name", ROWS)
def test_each_caller_gets_what_is_theirs_and_nothing_else(name: str, studio: Studio) -> None:
    row, job = ROWS[name], studio.job()
    expected = dict.fromkeys(STRANGERS, row.strangers)
    expected |= {"another": row.other, "an admin": row.admin, "the owner": row.owner}
    for who, wanted in expected.items():
        answer = studio.ask(row, job, who)
        assert answer.status == wanted, (who, answer.data)
        if who != "the owner":
            assert MARKER.encode() not in answer.data, who
            assert job.encode() not in answer.data, who


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.other == 404])
def test_anothers_job_is_answered_exactly_like_one_that_never_was(
    name: str, studio: Studio
) -> None:
    there, never = (studio.ask(ROWS[name], job, "another") for job in (studio.job(), "0" * 32))
    assert (there.status, there.data) == (never.status, never.data)


def test_every_answer_forbids_what_the_page_does_not_do(studio: Studio) -> None:
    for path in ("/", "/app.js", "/style.css", "/api/session", "/nowhere"):
        answer = Visitor(studio.page).ask("GET", path)
        assert HEADERS.items() <= answer.headers.items(), path
        assert "access-control-allow-origin" not in answer.headers


def test_the_session_is_a_cookie_that_scripts_and_other_sites_do_not_get(studio: Studio) -> None:
    answer = Visitor(studio.page).sign_in(token=studio.tokens["the owner"])
    name, *attributes = answer.headers["set-cookie"].lower().split("; ")
    assert {"httponly", "samesite=strict", "path=/"} <= set(attributes)
    assert studio.tokens["the owner"] not in name
    assert studio.tokens["the owner"].encode() not in answer.data


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", "", "[",
     "10.0.0.1"],
)  # fmt: skip
def test_a_name_that_is_not_this_computers_is_refused(host: str, studio: Studio) -> None:
    visitor = studio.visitor("the owner")
    for path in ("/", "/api/session"):
        assert visitor.ask("GET", path, headers={"host": host}).status in (400, 421)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:8000", "[::1]:80"])
def test_this_computers_own_names_are_known_by_any_port(host: str, studio: Studio) -> None:
    visitor = studio.visitor("the owner")
    assert visitor.ask("GET", "/api/session", headers={"host": host}).status == 200


def test_a_proxys_name_is_known_once_it_is_set(tmp_path: Path) -> None:
    with daemon_with_page(tmp_path, SFUMATO_WEB__HOSTS='["render.lan"]') as daemon:
        visitor = Visitor(page_of(daemon))
        assert visitor.ask("GET", "/", headers={"host": "render.lan"}).status == 200
        assert visitor.ask("GET", "/", headers={"host": "other.lan"}).status == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
    ],
)
def test_what_other_sites_let_a_browser_send_is_refused(
    headers: dict[str, str], studio: Studio
) -> None:
    visitor = studio.visitor("the owner")
    assert visitor.ask("GET", "/api/session", headers=headers).status == 403
    assert visitor.ask("POST", "/api/ForgetJobs", {"all": True}, headers).status == 403
    assert visitor.ask("POST", "/api/session", {"token": "x"}, headers).status == 403


def test_a_form_of_another_site_cannot_pass_for_the_page(studio: Studio) -> None:
    visitor = studio.visitor("the owner")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = visitor.ask("POST", "/api/ForgetJobs", {"all": True}, {"content-type": kind})
        assert answer.status == 400


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"1", b"{", b"\xff", b'{"job_id": 1}', b'{"no_such": 1}', b"[" * 60_000],
)
def test_what_is_no_request_is_refused_with_a_sentence(body: bytes, studio: Studio) -> None:
    answer = studio.visitor("the owner").ask("POST", "/api/GetJob", body)
    assert answer.status == 400
    assert answer.json["message"].endswith(".") or "GetJobRequest" in answer.json["message"]


def test_a_request_that_is_too_large_is_refused(studio: Studio) -> None:
    answer = studio.visitor("the owner").ask("POST", "/api/GetJob", b" " * 100_000)
    assert answer.status == 400
    assert "bytes" in answer.json["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/../token", "/%2e%2e/token", "/..%2f..%2fetc%2fpasswd", "/static/../../token",
        "//etc/passwd", "/index.html",
        "/api/jobs/..%2f..%2ftoken/before", "/api/jobs/../before", "/app.js/..",
        "/api/Inpaint", "/api/ReadJob", "/api/__init__",
    ],
)  # fmt: skip
def test_no_path_of_a_client_reaches_a_file_or_a_method_that_is_not_listed(
    path: str, studio: Studio
) -> None:
    visitor = studio.visitor("the owner")
    for method in ("GET", "POST"):
        answer = visitor.ask(method, path, {} if method == "POST" else None)
        assert answer.status in (404, 405), (method, answer.data)


@pytest.mark.parametrize("picture", ["before", "mask", "after"])
def test_a_picture_is_small_for_the_eye_and_whole_for_a_file(picture: str, studio: Studio) -> None:
    job, visitor = studio.job(), studio.visitor("the owner")
    eye = visitor.ask("GET", f"/api/jobs/{job}/{picture}?side=16")
    file = visitor.ask("GET", f"/api/jobs/{job}/{picture}?side=0")
    assert (eye.headers["content-type"], file.headers["content-type"]) == (
        "image/webp",
        "image/png",
    )
    assert max(Image.open(io.BytesIO(eye.data)).size) == 16
    assert Image.open(io.BytesIO(file.data)).size == (WIDTH, HEIGHT)


def test_the_downloaded_pictures_are_those_of_the_spool_to_the_bit(studio: Studio) -> None:
    edit = wire_edit()
    metadata = (("authorization", f"Bearer {studio.tokens['the owner']}"),)
    with studio.daemon.stub() as stub:
        events = list(stub.Inpaint(edit.requests(), metadata=metadata, timeout=GUARD))
        job = events[0].accepted.job_id
        request = jobs_pb2.ReadJobRequest(job_id=job, results=True)
        parts = list(stub.ReadJob(request, metadata=metadata, timeout=GUARD))
    color = b"".join(part.chunk.data for part in parts if part.chunk.plane == 0)
    visitor = studio.visitor("the owner")
    before, mask, after = (
        np.asarray(
            Image.open(io.BytesIO(visitor.ask("GET", f"/api/jobs/{job}/{kind}?side=0").data))
        )
        for kind in ("before", "mask", "after")
    )
    made = np.frombuffer(color, np.uint8).reshape(HEIGHT, WIDTH, 3)
    assert (before == picture()).all()
    assert (after[mask == 255] == made[mask == 255]).all()
    assert (after[mask == 0] == before[mask == 0]).all()
    assert (mask == 255).any()
    assert (mask == 0).any()


@pytest.mark.parametrize(
    ("query", "status"),
    [("side=4097", 400), ("side=-1", 400), ("side=x", 400), ("variation=1", 404),
     ("variation=99999", 404), ("side=%D9%A3", 400)],
)  # fmt: skip
def test_a_picture_that_cannot_be_is_refused(query: str, status: int, studio: Studio) -> None:
    path = f"/api/jobs/{studio.job()}/after?{query}"
    assert studio.visitor("the owner").ask("GET", path).status == status


def test_a_code_opens_one_session_and_no_second(studio: Studio) -> None:
    header = {"authorization": f"Bearer {studio.tokens['another']}"}
    code = Visitor(studio.page).ask("POST", "/api/code", {}, header).json["code"]
    first, second = Visitor(studio.page), Visitor(studio.page)
    assert first.sign_in(code=code).json["name"] == "another"
    assert second.sign_in(code=code).status == 401
    assert first.ask("GET", "/api/session").json == {"name": "another", "admin": False}


def test_a_revoked_token_ends_its_sessions_and_its_live_queue(tmp_path: Path) -> None:
    with daemon_with_page(tmp_path) as daemon:
        store = TokenStore(tmp_path)
        visitor = signed_in(page_of(daemon), store.create("gone"))
        with visitor.queue() as lines:
            assert b"devices" in next(lines)
            store.revoke("gone")
            *_, last = lines
        assert b"TOKEN_WRONG" in last
        assert visitor.ask("GET", "/api/session").status == 401


def test_wrong_tokens_are_counted_together_with_those_over_grpc(tmp_path: Path) -> None:
    with daemon_with_page(tmp_path) as daemon, daemon.stub() as stub:
        visitor = Visitor(page_of(daemon))
        for _ in range(BURST):
            assert visitor.sign_in(token="wrong").json["reason"] == "TOKEN_WRONG"
        answer = visitor.sign_in(token="wrong")
        assert answer.json["reason"] == "TOO_MANY_WRONG_TOKENS"
        assert int(answer.headers["retry-after"]) >= 1
        wrong = (("authorization", "Bearer wrong"),)
        call = stub.GetCapabilities.future(pb.GetCapabilitiesRequest(), metadata=wrong)
        assert "Too many calls" in call.exception(GUARD).details()
        # Who knows the token is let in all the same.
        assert visitor.sign_in(token=daemon.token).status == 200


def test_no_token_and_no_session_is_in_the_log_or_on_the_disk(tmp_path: Path) -> None:
    with daemon_with_page(tmp_path, "--log-level", "debug") as daemon:
        secret = TokenStore(tmp_path).create("anna")
        visitor = signed_in(page_of(daemon), secret)
        visitor.ask("GET", f"/api/session?token={secret}")
        visitor.sign_in(token=secret + "x")
        secrets = (
            secret,
            visitor.headers["x-sfumato-key"],
            visitor.headers["cookie"].split("=")[1],
        )
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        for kept in secrets:
            assert [path for path in files if kept.encode() in path.read_bytes()] == []


def test_there_is_no_page_unless_it_is_asked_for(tmp_path: Path) -> None:
    with running_daemon(tmp_path) as daemon:
        assert "page" not in (daemon.state / "endpoint.json").read_text()


def test_a_taken_port_is_told_with_what_to_do(tmp_path: Path) -> None:
    with daemon_with_page(tmp_path / "one") as daemon:
        port = page_of(daemon).rstrip("/").rpartition(":")[2]
        refused = pytest.raises(AssertionError, match="Choose another with --web")
        with refused, running_daemon(tmp_path / "two", "--web", port):
            pass


def test_connections_that_ask_nothing_are_given_up(studio: Studio) -> None:
    place = urlsplit(studio.page)
    with socket.create_connection((str(place.hostname), place.port), timeout=GUARD) as silent:
        assert silent.recv(1) == b""


def test_what_somebody_sends_slowly_is_given_up(studio: Studio) -> None:
    visitor = studio.visitor("the owner")
    began = time.monotonic()
    answer = visitor.ask("POST", "/api/GetJob", b"{", {"content-length": "20"})
    assert answer.status == 400
    assert "did not come" in answer.json["message"]
    assert time.monotonic() - began < GUARD
