"""With the defaults an artist gets, a removal leaves no seam that the photograph has not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skimage import data

from sfumato.imaging.depth import as_float
from sfumato.imaging.metrics import edge_ratio, ring_difference
from tests.support.command import Sfumato
from tests.support.pictures import samples, write

MORE = 1.1
"""How much more edge, or difference of colour, than the untouched photograph has there."""
SELECTIONS = {
    "a knot in the wood of a table": (lambda: data.coffee(), (20, 300, 100, 370)),
    "a stain on a workshop's floor": (lambda: data.stereo_motorcycle()[0], (20, 300, 80, 350)),
    "a spot on a lawn": (lambda: data.camera()[..., None], (380, 320, 440, 380)),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", SELECTIONS)
def test_the_seam_is_the_photographs_own(sfumato: Sfumato, tmp_path: Path, what: str) -> None:
    load, box = SELECTIONS[what]
    photograph = np.ascontiguousarray(load())
    source, out, layer = write(tmp_path / "in.png", photograph), "out.png", "layer.png"
    corners = ",".join(map(str, box))
    done = sfumato("inpaint", source, "--box", corners, "--seed", 1, "-o", out, "--layer", layer)
    assert done.code == 0, done.err
    before, after = as_float(photograph), as_float(samples(tmp_path / out))
    replaced = samples(tmp_path / layer)[..., -1] >= 128
    left, top, right, bottom = box
    inside = (slice(top, bottom), slice(left, right))
    assert (before[inside] != after[inside]).mean() > 0.9
    assert edge_ratio(after, replaced) <= MORE * edge_ratio(before, replaced)
    allowed = MORE * ring_difference(before, replaced)
    assert ring_difference(after, replaced) <= allowed
