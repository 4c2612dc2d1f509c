"""A result on its way in: announced, checked, and filled chunk by chunk.

Sizes are checked against what was asked before a byte is buffered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sfumato_client import events
from sfumato_client.chunks import Chunk
from sfumato_client.edit import Edit, Samples
from sfumato_client.errors import Protocol
from sfumato_client.geometry import Bounds
from sfumato_client.incoming import IncomingPlane
from sfumato_client.wire import inpainting_pb2, pixels_pb2

# For daemons that tell no limits: 64 megapixels, as RGBA at 16 bit with a mask.
DEFAULT_EDIT_PIXELS = 64 << 20
LARGEST_PIXEL = 9
_COLOR = inpainting_pb2.ResultPlane.ROLE_COLOR
_MASK = inpainting_pb2.ResultPlane.ROLE_MASK


@dataclass(frozen=True)
class Expected:
    """What a result may look like: its windows where they are known, and its bytes in all."""

    windows: tuple[Bounds, ...] | None
    total_bytes: int

    @staticmethod
    def of(edit: Edit, limits: inpainting_pb2.Limits) -> Expected:
        """What an edit's result may look like."""
        if not edit.regions:
            return Expected.unknown(limits)
        windows = tuple(region.window for region in edit.regions)
        return Expected(windows, sum(window.area for window in windows) * LARGEST_PIXEL)

    @staticmethod
    def unknown(limits: inpainting_pb2.Limits) -> Expected:
        """What a job's result may look like whose pixels this client did not send."""
        return Expected(None, (limits.edit_pixels or DEFAULT_EDIT_PIXELS) * LARGEST_PIXEL)


class Incoming:
    """A result whose bytes are still coming; raises ``Protocol`` for what does not fit."""

    def __init__(self, announced: inpainting_pb2.Result, expected: Expected) -> None:
        self._announced = announced
        self._planes = [_Plane(plane, expected) for plane in announced.planes]
        if sum(plane.raw_bytes for plane in self._planes) > expected.total_bytes:
            raise Protocol("The daemon announced a result larger than the edit allows.")
        self._current = 0
        self._skip_whole()

    @property
    def whole(self) -> bool:
        """Whether all of it is here."""
        return self._current == len(self._planes)

    def add(self, chunk: Chunk) -> None:
        """Take in a part of the plane that is due."""
        if self.whole or chunk.plane != self._current:
            raise Protocol("The daemon sent a result's planes out of order.")
        for piece in chunk.pieces:
            self._planes[self._current].add(piece)
        self._skip_whole()

    def finish(self) -> events.Result:
        """Put its planes together."""
        return events.Result(
            variation=self._announced.variation,
            seed=self._announced.seed,
            pieces=_pieces(self._planes),
            stage=self._announced.stage,
        )

    def _skip_whole(self) -> None:
        while not self.whole and self._planes[self._current].whole:
            self._current += 1


class _Plane(IncomingPlane):
    """One plane of a result."""

    def __init__(self, announced: inpainting_pb2.ResultPlane, expected: Expected) -> None:
        self.region = announced.region
        self.role = announced.role
        self.bounds = bounds_of(announced.bounds)
        extent = announced.plane.extent
        if self.bounds.extent != (extent.width, extent.height):
            raise Protocol("The daemon sent a plane whose size disagrees with its place.")
        windows = expected.windows
        if windows is not None and not 0 <= self.region < len(windows):
            raise Protocol("The daemon sent a plane of a region that was not asked for.")
        if windows is not None and windows[self.region] != self.bounds:
            raise Protocol("The daemon sent a plane that lies elsewhere than its window.")
        super().__init__(announced.plane)


def _pieces(planes: Sequence[_Plane]) -> tuple[events.Piece, ...]:
    """Put each region's colour and mask together, in the order of the regions."""
    colors = {plane.region: plane for plane in planes if plane.role == _COLOR}
    masks = {plane.region: plane for plane in planes if plane.role == _MASK}
    if len(colors) + len(masks) != len(planes) or colors.keys() != masks.keys():
        raise Protocol("The daemon sent a result without one colour and one mask per region.")
    pieces = []
    for region in sorted(colors):
        color, mask = colors[region], masks[region]
        if mask.samples is not Samples.GRAY or mask.depth != 8 or mask.bounds != color.bounds:
            raise Protocol("The daemon sent a mask that does not fit its colour.")
        pieces.append(events.Piece(color.bounds, color.raster(), mask.pixels()))
    return tuple(pieces)


def bounds_of(bounds: pixels_pb2.Bounds) -> Bounds:
    """Bounds from the wire."""
    return Bounds(bounds.x, bounds.y, bounds.width, bounds.height)
