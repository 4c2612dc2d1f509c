"""Working sizes: few, of the right area, on the grid."""

from __future__ import annotations

import pytest

from sfumato.models.buckets import buckets, nearest
from sfumato_client.geometry import Extent


@pytest.mark.parametrize("side", [512, 768, 1024])
def test_few_sizes_keep_the_area_and_lie_on_the_grid(side: int) -> None:
    sizes = buckets(side, 64)
    assert 7 <= len(sizes) <= 9
    for size in sizes:
        assert size.width % 64 == size.height % 64 == 0
        assert 0.85 < size.area / side**2 < 1.15


def test_for_every_wide_size_there_is_the_same_upright() -> None:
    sizes = buckets(1024, 64)
    assert set(sizes) == {Extent(size.height, size.width) for size in sizes}


def test_sizes_that_fall_together_are_named_once() -> None:
    sizes = buckets(64, 16)
    assert len(set(sizes)) == len(sizes) < 9


def test_the_nearest_aspect_is_taken() -> None:
    sizes = buckets(512, 64)
    assert nearest(Extent(300, 310), sizes) == Extent(512, 512)
    wide = nearest(Extent(4000, 900), sizes)
    assert wide == max(sizes, key=lambda size: size.width / size.height)
