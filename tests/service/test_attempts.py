from __future__ import annotations

import pytest

from sfumato.service.attempts import BURST, REFILL_SECONDS, Attempts, host_of, place_of


class Clock:
    """Time that stands still unless told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def test_a_few_mistakes_cost_nothing_and_many_have_to_wait() -> None:
    attempts = Attempts(Clock())
    assert not any(attempts.failed("a").wait_seconds for _ in range(BURST))
    assert 0 < attempts.failed("a").wait_seconds <= REFILL_SECONDS


def test_waiting_helps_and_others_do_not_wait() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for _ in range(BURST):
        attempts.failed("a")
    wait = attempts.failed("a").wait_seconds
    assert not attempts.failed("b").wait_seconds
    clock.now += wait
    assert not attempts.failed("a").wait_seconds
    assert attempts.failed("a").wait_seconds


def test_the_log_hears_of_a_guesser_once_and_again_after_a_rest() -> None:
    clock = Clock()
    attempts = Attempts(clock)

    def told(times: int) -> int:
        found = 0
        for _ in range(times):
            clock.now += REFILL_SECONDS / 10
            found += attempts.failed("a").first
        return found

    assert told(500) == 1
    clock.now += BURST * REFILL_SECONDS
    assert told(500) == 1


def test_a_few_thousand_places_are_remembered_and_no_more() -> None:
    attempts = Attempts(Clock())
    for number in range(10_000):
        attempts.failed(str(number))
    assert len(attempts._buckets) == 4096


@pytest.mark.parametrize(
    ("peer", "host", "place"),
    [
        ("ipv4:10.0.0.7:50051", "10.0.0.7", "10.0.0.7"),
        ("ipv6:%5B::1%5D:50051", "::1", "::1"),
        ("ipv6:[2001:db8::17]:50051", "2001:db8::17", "2001:db8::/64"),
        ("ipv6:%5B2001:db8:0:0:9::1%5D:5", "2001:db8:0:0:9::1", "2001:db8::/64"),
        ("ipv6:%5Bfe80::1%25eth0%5D:5", "fe80::1%eth0", "fe80::/64"),
        ("ipv6:%5B::ffff:10.0.0.7%5D:5", "::ffff:10.0.0.7", "10.0.0.7"),
        ("unix:/run/x", "unix:/run/x", "unix:/run/x"),
        ("", "", ""),
    ],
)
def test_the_place_of_a_peer(peer: str, host: str, place: str) -> None:
    assert (host_of(peer), place_of(peer)) == (host, place)
