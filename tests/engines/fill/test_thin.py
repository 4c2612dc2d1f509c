"""Thin holes: smooth where closed, and sound where they end in the middle of nowhere."""

from __future__ import annotations

import numpy as np
import pytest

from sfumato.engines.edit import Patch
from sfumato.engines.fill.holes import holes_of, marks_of
from sfumato.engines.fill.surface import Surface
from sfumato.engines.fill.thin import smooth_surface
from sfumato.imaging.mask import soft_mask
from sfumato_client.geometry import Bounds

HEIGHT, WIDTH = 160, 300
ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH]
HILLS = (0.4 + 0.1 * np.sin(COLUMNS / 40) + 0.1 * np.cos(ROWS / 23)).astype(np.float32)


def test_a_wire_that_goes_on_beyond_the_core_is_filled_soundly_up_to_it() -> None:
    wire = np.abs(ROWS - 20 - COLUMNS * 0.6) < 12
    grain = np.random.default_rng(0).normal(0, 0.008, HILLS.shape).astype(np.float32)
    picture = np.where(wire, 0, HILLS + grain).astype(np.float32)
    asked = wire & (COLUMNS < 224)
    filled = smooth_surface(picture[..., None], asked, ~wire)[..., 0]
    assert np.abs(filled - HILLS)[asked].max() < 0.04


@pytest.mark.parametrize("feather", [0, 2, 8, 32])
def test_the_feather_around_a_scratch_is_known_picture(feather: float) -> None:
    selection = np.zeros((HEIGHT, WIDTH), np.uint8)
    selection[70:76, 60:240] = 255
    picture = np.rint(HILLS * 255).astype(np.uint8)[..., None]
    picture[selection > 0] = 0
    window = Bounds(0, 0, WIDTH, HEIGHT)
    mask = soft_mask(selection, 4, feather)
    patch = Patch(0, 0, window, window, picture, selection, mask, mask > 0)
    marks = marks_of(patch, 4)
    surface = Surface.of(patch, marks.gone)
    [hole] = holes_of(patch, marks)
    assert hole.thin
    filled = smooth_surface(surface.colour, hole.area, surface.source)
    assert np.abs(filled[..., 0] - HILLS)[hole.area].max() < 0.01
