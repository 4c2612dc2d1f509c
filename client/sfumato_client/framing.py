"""How much of the surroundings goes with a core: the window of an edit, and what it costs."""

from __future__ import annotations

import math

from sfumato_client.geometry import Bounds
from sfumato_client.occupancy import CELL
from sfumato_client.wire.models_pb2 import Model
from sfumato_client.wire.parameters_pb2 import Context

# What a window costs beside its pixels, in pixels.
WINDOW_OVERHEAD = 64 * 64
# Bounds of the automatic context and of one that is asked for, in pixels.
LEAST_CONTEXT, MOST_CONTEXT = 64, 512
LEAST_MARGIN, MOST_MARGIN = 32, 4096
# A window that is smaller than this part of a model's native side would show it nothing but blur.
LEAST_ZOOM = 0.25


class Framing:
    """Makes windows on one canvas, for a mask that reaches ``beyond`` px further than S."""

    def __init__(
        self, canvas: Bounds, beyond: int, context: Context | None, model: Model | None
    ) -> None:
        self._canvas = canvas
        self.beyond = beyond
        self._context = context if context is not None else Context()
        self._native_area = model.native_area if model is not None else 0
        self._aspects = [size.width / size.height for size in model.buckets] if model else []

    @property
    def close(self) -> bool:
        """Whether windows show so much around the selection as was asked for, and no more."""
        return self._context.mode in (Context.MODE_MARGIN, Context.MODE_DOUBLE)

    def window(self, core: Bounds, cells: int, *, cut: bool) -> Bounds:
        """Return the window of a core that holds so many occupied cells.

        What is to be filled is about as thick as its area divided by its length, and half of that
        is looked at on each side. The mask inside a ``cut`` core depends on S beyond it, too.
        """
        margin = self._margin(core, cells)
        if cut:
            margin = max(margin, self.beyond + 1)
        window = core.padded(margin)
        if self._native_area and not self.close:
            window = _at_least(window, LEAST_ZOOM * math.sqrt(self._native_area))
        if self._aspects:
            window = _with_aspect(window, _nearest(self._aspects, window))
        return _inside(window, self._canvas)

    def _margin(self, core: Bounds, cells: int) -> int:
        if self._context.mode == Context.MODE_MARGIN:
            return self._context.margin
        if self._context.mode == Context.MODE_DOUBLE:
            return min(max(max(core.extent) // 2, LEAST_MARGIN), MOST_MARGIN)
        thickness = cells * CELL * CELL // max(core.extent)
        return min(max(min(thickness, *core.extent) // 2, LEAST_CONTEXT), MOST_CONTEXT)

    def cost(self, window: Bounds) -> int:
        """Return what a window costs, in pixels. A model works at its native area at least."""
        return max(window.area, self._native_area) + WINDOW_OVERHEAD


def _at_least(window: Bounds, side: float) -> Bounds:
    wanted = math.ceil(side)
    return _widened(window, max(window.width, wanted), max(window.height, wanted))


def _nearest(aspects: list[float], window: Bounds) -> float:
    aspect = window.width / window.height
    return min(aspects, key=lambda candidate: abs(math.log(candidate / aspect)))


def _with_aspect(window: Bounds, aspect: float) -> Bounds:
    width = max(window.width, round(window.height * aspect))
    return _widened(window, width, max(window.height, round(width / aspect)))


def _widened(window: Bounds, width: int, height: int) -> Bounds:
    x = window.x - (width - window.width) // 2
    y = window.y - (height - window.height) // 2
    return Bounds(x, y, width, height)


def _inside(window: Bounds, canvas: Bounds) -> Bounds:
    """Shift a window into the canvas; cut off what does not fit in."""
    x = max(canvas.x, min(window.x, canvas.right - window.width))
    y = max(canvas.y, min(window.y, canvas.bottom - window.height))
    return Bounds(x, y, window.width, window.height).intersection(canvas)
