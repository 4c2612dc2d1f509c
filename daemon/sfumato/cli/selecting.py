"""The selection of a command line, and what is asked to be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sfumato.cli.failures import BadInput
from sfumato.cli.polygons import Polygon
from sfumato.picture.selection import from_file, with_box, with_polygon
from sfumato_client.geometry import Bounds, Extent
from sfumato_client.selection import Selection
from sfumato_client.wire.parameters_pb2 import Context


def selected(
    extent: Extent,
    mask: Path | None = None,
    boxes: Sequence[Bounds] = (),
    polygons: Sequence[Polygon] = (),
) -> Selection:
    """Everything that a mask, boxes and polygons select together, on a canvas of ``extent``.

    Raises ``BadInput`` if that is nothing, ``PictureError`` for an unusable mask.
    """
    if mask is None and not boxes and not polygons:
        raise BadInput("Say what to change: --mask MASK, --box L,T,R,B or --polygon X,Y X,Y X,Y...")
    if mask is None:
        coverage = np.zeros((extent.height, extent.width), np.uint8)
    else:
        coverage = from_file(mask, extent)
    for box in boxes:
        with_box(coverage, box)
    for polygon in polygons:
        with_polygon(coverage, polygon.corners)
    rows, columns = np.nonzero(coverage.any(axis=1))[0], np.nonzero(coverage.any(axis=0))[0]
    if not rows.size:
        raise BadInput(
            "Nothing is selected: "
            + (
                f"{mask} is black everywhere, and white marks what is to change."
                if mask is not None
                else f"the picture has {extent.width}x{extent.height} pixels, and what was given "
                "lies outside."
            )
        )
    tight = Bounds.between(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    inside = coverage[tight.y : tight.bottom, tight.x : tight.right]
    return Selection(tight, inside.tobytes())


def context(text: str) -> Context | None:
    """How much of the surroundings travels: ``auto``, ``double``, ``whole`` or a margin in px."""
    if text == "auto":
        return None
    if text in ("double", "whole"):
        return Context(mode=f"MODE_{text.upper()}")
    if text.isascii() and text.isdigit() and 32 <= int(text) <= 4096:
        return Context(mode=Context.MODE_MARGIN, margin=int(text))
    raise BadInput(f"--context is auto, double, whole or a margin of 32 to 4096 px, not {text!r}.")
