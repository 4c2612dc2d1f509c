"""A wire across 24 megapixels: only its surroundings travel, and it is gone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from benchmarks.wire import decibels, scene, write
from tests.support.command import Sfumato


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_long_wire_and_dust_are_removed_from_a_large_16_bit_picture(
    sfumato: Sfumato, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = scene()
    image, mask = write(made.spoiled, made.mask, tmp_path)
    done = sfumato(
        "inpaint",
        image,
        "--mask",
        mask,
        "--seed",
        1,
        "-o",
        "out.tif",
        "--layer",
        "layer.tif",
        "--json",
    )
    assert done.code == 0, done.err
    report = json.loads(done.out)
    with capsys.disabled():
        print(f"\n24 MP wire: {report['seconds']['in all']} s, {report['pixels']['sent']:,} pixels")
    assert report["pixels"]["sent"] < made.mask.size / 4

    mended, layer = tifffile.imread(tmp_path / "out.tif"), tifffile.imread(tmp_path / "layer.tif")
    untouched = layer[..., 3] == 0
    assert np.array_equal(mended[untouched], made.spoiled[untouched])
    assert (layer[..., 3][made.mask > 0] == 65535).all()
    # The picture's own grain limits this to about 39 dB.
    assert decibels(mended, made.clean, made.mask > 0) > 33
