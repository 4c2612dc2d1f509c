"""What the page answers to no other site, name or path, and to nothing that is no request."""

from __future__ import annotations

from pathlib import Path

import pytest

from sfumato.web.guard import HEADERS
from tests.web.browsing import Visitor, daemon_with_page, page_of
from tests.web.studio import Studio


def test_every_answer_forbids_what_the_page_does_not_do(studio: Studio) -> None:
    for path in ("/", "/app.js", "/style.css", "/api/session", "/nowhere"):
        answer = Visitor(studio.page).ask("GET", path)
        assert HEADERS.items() <= answer.headers.items(), path
        assert "access-control-allow-origin" not in answer.headers


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
