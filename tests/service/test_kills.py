"""Ten of the kills of ``benchmarks/kills.py``: every stage, the daemon and an engine host."""

from pathlib import Path

import pytest

from benchmarks.kills import Stage, Victim, run


@pytest.mark.slow
def test_kills_at_every_stage_lose_nothing_and_give_no_second_result(tmp_path: Path) -> None:
    tally = run(tmp_path, kills=10, seed=1)
    assert tally.wrong == []
    assert set(tally.done) == {(stage, victim) for stage in Stage for victim in Victim}
