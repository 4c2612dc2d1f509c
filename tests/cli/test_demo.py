"""`sfumato demo`: a photograph, its layer and the two side by side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support.command import Sfumato
from tests.support.pictures import samples

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.slow
def test_the_demo_writes_a_result_a_layer_and_a_comparison(
    sfumato: Sfumato, tmp_path: Path
) -> None:
    done = sfumato("demo")
    assert done.code == 0, done.err
    written = {path.name: samples(path) for path in (tmp_path / "demo").iterdir()}
    assert sorted(written) == ["before-after.png", "layer.png", "result.png"]
    for name in written:
        assert str(tmp_path / "demo" / name) in done.out
    assert "engine" in done.out

    [photograph] = EXAMPLES.glob("photograph.*")
    before, after, layer = samples(photograph), written["result.png"], written["layer.png"]
    assert layer.shape == (*before.shape[:2], 4)
    untouched = layer[..., 3] == 0
    assert np.array_equal(after[untouched], before[untouched])
    assert (after[~untouched] != before[~untouched]).mean() > 0.5
    # Feathered: the layer's edge has every opacity between nothing and all.
    assert np.unique(layer[..., 3]).size > 16
