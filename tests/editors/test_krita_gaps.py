"""How long the artist's hand waits: figures on a 4096 x 4096 picture, printed with `pytest -rP`.

The bounds here only catch what hangs: other work on a machine doubles any of these times.
"""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from tests.editors.krita_easel import SRGB, U8, Easel
from tests.editors.krita_studio import Studio

HANG_MS = 5000
SIDE = 4096


def large_photograph() -> NDArray[np.uint8]:
    photograph = skimage.data.astronaut()
    return np.tile(photograph, (SIDE // 512, SIDE // 512, 1))


@pytest.mark.parametrize(
    ("space", "extent"),
    [
        (U8, (600, 400)),
        (("RGBA", "U16", SRGB), (600, 400)),
        (("RGBA", "F32", "sRGB-elle-V2-g10.icc"), (600, 400)),
        (U8, (SIDE // 2, SIDE)),
    ],
    ids=["8 bit", "16 bit", "float", "8 bit, half the canvas"],
)
def test_krita_answers_while_a_large_picture_is_edited(
    studio: Studio, easel: Easel, space: tuple[str, str, str], extent: tuple[int, int]
) -> None:
    easel.open(large_photograph(), space)
    selection = np.zeros((SIDE, SIDE), np.uint8)
    width, height = extent
    top = (SIDE - height) // 2
    selection[top : top + height, 700 : 700 + width] = 255
    easel.select(selection)

    with studio.scripted():
        measured = studio.play("gaps.edit", action="sfumato_remove")

    print(f"{space[1]} {width}x{height} of {SIDE}x{SIDE}, {measured['seconds']:.1f} s in all:")
    print(f"longest gaps in ms {measured['gaps']}")
    print(f"the plugin's own longest calls in ms {measured['ours']}")
    assert measured["message"].startswith("Inserted")
    assert max(measured["gaps"].values()) < HANG_MS
