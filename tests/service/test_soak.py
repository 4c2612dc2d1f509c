"""A tenth of the soak of ``benchmarks/soak.py``, with as many editors."""

from pathlib import Path

import pytest

from benchmarks.soak import Editor, run

GROWTH = 0.10
"""How much more memory the second half may take at its end than at its beginning."""


@pytest.mark.slow
def test_a_daemon_in_use_by_many_mixes_nothing_up_and_keeps_nothing(tmp_path: Path) -> None:
    tally = run(tmp_path, editors=32, seconds=60)
    assert tally.wrong == []
    assert set(tally.acts) == set(Editor.ACTS)
    assert tally.growth < GROWTH
    before, after = tally.files
    assert after <= before
