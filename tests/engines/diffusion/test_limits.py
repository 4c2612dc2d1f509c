"""What did not fit together is tried in smaller numbers, and later in larger ones again."""

from __future__ import annotations

from sfumato.engines.diffusion.limits import Limits


def used(limits: Limits, times: int) -> list[int]:
    return [limits.most("sd15", 16) for _ in range(times)]


def test_where_nothing_was_short_there_is_no_limit() -> None:
    assert used(Limits(4), 9) == [16] * 9


def test_a_limit_is_raised_step_by_step() -> None:
    limits = Limits(4)
    assert limits.halve("sd15", 8)
    assert used(limits, 9) == [4, 4, 4, 8, 8, 8, 8, 16, 16]


def test_what_does_not_fit_later_either_is_halved_again() -> None:
    limits = Limits(4)
    limits.halve("sd15", 8)
    assert used(limits, 4)[-1] == 8
    limits.halve("sd15", 8)
    assert used(limits, 3) == [4, 4, 4]


def test_one_alone_cannot_be_halved() -> None:
    limits = Limits(4)
    assert not limits.halve("sd15", 1)
    assert used(limits, 1) == [16]


def test_limits_of_one_kind_leave_others_alone() -> None:
    limits = Limits(4)
    limits.halve("sd15", 8)
    assert limits.most("sdxl", 16) == 16
