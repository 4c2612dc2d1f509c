"""The pictures and selections that edits in GIMP are tried on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sfumato.imaging.mask import soft_mask
from sfumato_client import Bounds, Extent
from tests.editors.gimp import Gimp
from tests.editors.gimp_documents import Document, MadeLayer, as_float
from tests.editors.reference import hard_selection, photograph, soft_selection

Plane = NDArray[np.uint8]
HEIGHT, WIDTH = photograph().shape[:2]
EXTENT = Extent(WIDTH, HEIGHT)
HUGE, LARGE = Bounds(300, 200, 1200, 1000), Bounds(300, 150, 450, 450)
"""Holes that take the fill engine minutes and seconds."""
HARD, SOFT = hard_selection(EXTENT), soft_selection(EXTENT)


def border_selection() -> Plane:
    """Touches the left and the upper border, and has a hard edge elsewhere."""
    plane = np.zeros((HEIGHT, WIDTH), np.uint8)
    plane[:40, :60] = 255
    return plane


def photograph_in(gimp: Gimp) -> Document:
    """The photograph with a hard selection."""
    document = Document(gimp, as_float(photograph()))
    document.select(HARD)
    return document


def busy_document(gimp: Gimp, hole: Bounds = HUGE) -> Document:
    """A large picture with a hole selected that keeps the engine busy for a while."""
    document = Document(gimp, as_float(np.tile(photograph(), (5, 4, 1))))
    selection = np.zeros((document.height, document.width), np.uint8)
    selection[hole.y : hole.bottom, hole.x : hole.right] = 255
    document.select(selection)
    return document


def expected_mask(selection: Plane, layer: MadeLayer) -> Plane:
    """The reference M over the whole canvas, with the softness that was used."""
    used = layer.record["parameters"]
    return soft_mask(selection, used.get("grow", 0.0), used.get("feather", 0.0))
