"""Who is let in to the page, for how long, and what is left of it."""

from __future__ import annotations

from pathlib import Path

from sfumato.access.tokens import TokenStore
from sfumato.service.attempts import BURST
from sfumato_client.wire import inpainting_pb2 as pb
from tests.support.daemon import GUARD
from tests.web.browsing import Visitor, daemon_with_page, page_of, signed_in
from tests.web.studio import Studio


def test_the_session_is_a_cookie_that_scripts_and_other_sites_do_not_get(studio: Studio) -> None:
    answer = Visitor(studio.page).sign_in(token=studio.tokens["the owner"])
    name, *attributes = answer.headers["set-cookie"].lower().split("; ")
    assert {"httponly", "samesite=strict", "path=/"} <= set(attributes)
    assert studio.tokens["the owner"] not in name
    assert studio.tokens["the owner"].encode() not in answer.data


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
        # A slow machine may take so long that the daemon takes some more.
        while (answer := visitor.sign_in(token="wrong")).json["reason"] == "TOKEN_WRONG":
            pass
        assert answer.json["reason"] == "TOO_MANY_WRONG_TOKENS"
        assert int(answer.headers["retry-after"]) >= 1
        wrong = (("authorization", "Bearer wrong"),)
        told = []
        for _ in range(BURST):  # Counted for themselves, all of them would be too few.
            call = stub.GetCapabilities.future(pb.GetCapabilitiesRequest(), metadata=wrong)
            told.append(call.exception(GUARD).details())
        assert any("Too many calls" in details for details in told)
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
