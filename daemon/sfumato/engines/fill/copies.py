"""Pixels of a hole that are copied from elsewhere in the picture."""

from __future__ import annotations

from dataclasses import dataclass

from sfumato.engines.fill.correspondence import Indices
from sfumato.engines.fill.holes import Area
from sfumato.imaging.depth import Colour


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """Which pixels of ``picture`` (height, width, samples) are copied, and where from.

    ``reached`` (height, width) tells which, ``origin`` where from: flat indices, the picture's
    pixels in order, each pixel's own where it is no copy.
    """

    picture: Colour
    reached: Area
    origin: Indices
