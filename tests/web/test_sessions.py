from __future__ import annotations

from sfumato.web.sessions import CODE_SECONDS, IDLE_SECONDS, Sessions
from tests.service.test_attempts import Clock


def test_a_session_needs_both_of_its_secrets() -> None:
    sessions = Sessions(Clock())
    one, two = sessions.begin("anna"), sessions.begin("ben")
    assert sessions.owner(one.cookie, one.key) == "anna"
    assert sessions.owner(one.cookie, two.key) is None
    assert sessions.owner(two.cookie, one.key) is None
    assert sessions.owner(one.cookie, "") is None
    assert sessions.owner("", one.key) is None


def test_a_session_lasts_while_it_is_used() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    opened = sessions.begin("anna")
    for _ in range(5):
        clock.now += IDLE_SECONDS
        assert sessions.owner(*opened) == "anna"
    clock.now += IDLE_SECONDS + 1
    assert sessions.owner(*opened) is None


def test_one_owner_has_only_so_many_sessions_and_drives_no_others_out() -> None:
    sessions = Sessions(Clock())
    ben = sessions.begin("ben")
    annas = [sessions.begin("anna") for _ in range(100)]
    assert sessions.owner(*ben) == "ben"
    alive = [opened for opened in annas if sessions.owner(*opened)]
    assert alive == annas[-16:]


def test_a_code_works_once_and_for_a_minute() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    code, late = sessions.code("anna"), sessions.code("anna")
    assert sessions.redeem(code) == "anna"
    assert sessions.redeem(code) is None
    clock.now += CODE_SECONDS + 1
    assert sessions.redeem(late) is None
