from __future__ import annotations

import numpy as np
import pytest

from sfumato.imaging.compose import laid
from sfumato.imaging.windows import Piece, joined, laid_over
from sfumato_client.geometry import Bounds

RANDOM = np.random.default_rng(1)


def noise(height: int, width: int, samples: int = 3, dtype: type = np.uint8) -> np.ndarray:
    return RANDOM.integers(0, np.iinfo(dtype).max, (height, width, samples), dtype, endpoint=True)


def test_one_window_is_itself() -> None:
    pixels = noise(5, 7)
    assert (joined([Piece(Bounds(30, 40, 7, 5), pixels)]) == pixels).all()


def test_several_lie_where_they_belong_with_nothing_between() -> None:
    left, right = noise(4, 3), noise(4, 3)
    whole = joined([Piece(Bounds(10, 10, 3, 4), left), Piece(Bounds(15, 12, 3, 4), right)])
    assert whole.shape == (6, 8, 4)
    assert (whole[:4, :3, :3] == left).all()
    assert (whole[2:, 5:, :3] == right).all()
    assert set(whole[..., 3].flat) == {0, 255}
    assert whole[..., 3].sum() == 255 * (left[..., 0].size + right[..., 0].size)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_results_are_laid_over_a_tall_window_like_in_one_go(dtype: type) -> None:
    before, colour = noise(600, 5, dtype=dtype), noise(600, 5, dtype=dtype)
    mask = noise(600, 5, 1)[..., 0]
    mask[256:512] = 0
    window = Bounds(2, 3, 5, 600)
    after = laid_over(joined([Piece(window, before)]), [Piece(window, colour)], [mask])
    assert (after == laid(before, colour, mask)).all()
