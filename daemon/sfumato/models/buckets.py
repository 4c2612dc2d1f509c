"""The few working sizes of a model, so that requests share batches and compiled shapes."""

from __future__ import annotations

from math import sqrt

from sfumato_client.geometry import Extent

# Width to height of the wide ones; each is there upright too, and the square.
WIDE_ASPECTS = (5 / 4, 4 / 3, 3 / 2, 16 / 9)


def buckets(native_side: int, grid: int) -> tuple[Extent, ...]:
    """At most nine sizes of about ``native_side`` squared, widest first, in multiples of ``grid``.

    Sizes that fall together on a coarse grid are named once.
    """
    aspects = [*reversed(WIDE_ASPECTS), 1.0, *(1 / aspect for aspect in WIDE_ASPECTS)]
    sizes = (_sized(native_side, aspect, grid) for aspect in aspects)
    return tuple(dict.fromkeys(sizes))


def bucket_grid(side: int, grid: int) -> int:
    """The grid for a model of ``side`` pixels whose own grid is ``grid``.

    Multiples of 64 suit kernels best; small models would lose their aspects on that grid.
    """
    return max(grid, 64 if side >= 512 else grid)


def nearest(extent: Extent, sizes: tuple[Extent, ...]) -> Extent:
    """The size whose aspect is nearest to that of ``extent``, in the ratio's own measure."""
    wanted = extent.width / extent.height

    def distance(size: Extent) -> float:
        aspect = size.width / size.height
        return max(aspect / wanted, wanted / aspect)

    return min(sizes, key=distance)


def _sized(side: int, aspect: float, grid: int) -> Extent:
    return Extent(_snapped(side * sqrt(aspect), grid), _snapped(side / sqrt(aspect), grid))


def _snapped(side: float, grid: int) -> int:
    return max(grid, round(side / grid) * grid)
