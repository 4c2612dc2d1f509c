"""A tenth of the soak of ``benchmarks/soak.py``, with as many editors."""

from pathlib import Path

import pytest

from benchmarks.soak import Editor, run

LEAK = 50.0
"""MB that must not be gained in half a minute."""


@pytest.mark.slow
def test_a_daemon_in_use_by_many_mixes_nothing_up_and_keeps_nothing(tmp_path: Path) -> None:
    tally = run(tmp_path, editors=32, seconds=60)
    assert tally.wrong == []
    assert set(tally.acts) == set(Editor.ACTS)
    # The history of a minute's jobs is a few MB, and PSS moves with what else runs here; the pixels
    # of the jobs would be hundreds.
    assert tally.memory[-1] - tally.memory[len(tally.memory) // 2] < LEAK
    before, after = tally.files
    assert after <= before
