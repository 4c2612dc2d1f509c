"""EXIF orientation: turning stored pixels upright, and back (EXIF 2.32, tag 0x0112)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfumato.imaging.depth import Pixels

# For each orientation: whether rows and columns are swapped first, then what is flipped.
_TURNS: dict[int, tuple[bool, bool, bool]] = {
    1: (False, False, False),
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}


def upright(stored: Pixels, orientation: int) -> Pixels:
    """Stored pixels (height, width, ...) as they are meant to be seen."""
    swap, flip_rows, flip_columns = _TURNS[orientation]
    turned: NDArray[Any] = stored.swapaxes(0, 1) if swap else stored
    return np.ascontiguousarray(turned[_step(flip_rows), _step(flip_columns)])


def as_stored(seen: Pixels, orientation: int) -> Pixels:
    """The inverse of ``upright``."""
    swap, flip_rows, flip_columns = _TURNS[orientation]
    flipped: NDArray[Any] = seen[_step(flip_rows), _step(flip_columns)]
    return np.ascontiguousarray(flipped.swapaxes(0, 1) if swap else flipped)


def known(value: object) -> int:
    """A tag's value as an orientation; what is no orientation is 1."""
    return value if isinstance(value, int) and value in _TURNS else 1


def _step(flip: bool) -> slice:
    return slice(None, None, -1 if flip else 1)
