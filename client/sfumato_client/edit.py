"""An edit as a client states it: which pixels, and what to do with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count
from typing import cast

from sfumato_client.geometry import Bounds, Extent
from sfumato_client.stopwatch import Stopwatch
from sfumato_client.wire.inpainting_pb2 import OnDisconnect, Priority
from sfumato_client.wire.parameters_pb2 import Outpaint, Parameters, Stage
from sfumato_client.wire.pixels_pb2 import ColorModel, Depth


class Samples(IntEnum):
    """Samples per pixel, by what they hold."""

    GRAY = 1
    GRAY_ALPHA = 2
    RGB = 3
    RGBA = 4

    @property
    def color_model(self) -> ColorModel:
        """The same on the wire."""
        return cast("ColorModel", ColorModel.Value(f"COLOR_MODEL_{self.name}"))


@dataclass(frozen=True)
class Raster:
    """Pixels: rows from top to bottom, interleaved, no padding; sRGB, straight alpha.

    ``depth`` is 8 or 16 bits a sample, 16 little-endian. ``data`` has exactly
    ``extent.area * samples * depth // 8`` bytes; ``ValueError`` otherwise.
    """

    extent: Extent
    samples: Samples
    depth: int
    data: bytes | bytearray | memoryview = field(repr=False)

    def __post_init__(self) -> None:
        if self.depth not in (8, 16):
            raise ValueError(f"depth is 8 or 16, not {self.depth}")
        wanted = self.extent.area * self.samples * self.depth // 8
        if len(self.data) != wanted:
            raise ValueError(
                f"{self.extent.width}x{self.extent.height} pixels of {self.samples} samples at "
                f"{self.depth} bit are {wanted} bytes, not {len(self.data)}"
            )

    @property
    def wire_depth(self) -> Depth:
        """The depth on the wire."""
        return cast("Depth", Depth.Value(f"DEPTH_U{self.depth}"))


@dataclass(frozen=True)
class Region:
    """One piece of the canvas.

    ``window`` lies inside the canvas and ``picture`` has its size. ``selection`` is S and ``mask``
    M, one byte a pixel of the window; without ``mask`` the daemon makes it of S, grow and feather.
    ``core`` is the part whose masked pixels are wanted, by default the whole window; cores of
    different regions do not overlap.
    """

    window: Bounds
    picture: Raster
    selection: bytes = field(repr=False)
    mask: bytes | None = field(default=None, repr=False)
    core: Bounds | None = None


@dataclass(frozen=True)
class Edit:
    """One edit: regions of a canvas, or the input of an earlier job (``stored_input``).

    With ``repeat`` that job is repeated exactly, alone, and ``parameters`` are not read.
    ``parameters`` is the wire's own message: absent fields are the daemon's choice. ``extras`` are
    the control and reference images that it names by plane. ``traceparent`` is the trace that it is
    part of (W3C trace context); one that is sent without begins its own. The ``stopwatch`` runs
    since the artist asked, for whoever reports the layer at its end.
    """

    canvas: Extent
    parameters: Parameters
    regions: tuple[Region, ...] = ()
    stored_input: str = ""
    repeat: bool = False
    extras: tuple[Raster, ...] = ()
    stages: tuple[Stage, ...] = ()
    outpaint: Outpaint | None = None
    priority: Priority = Priority.PRIORITY_INTERACTIVE
    on_disconnect: OnDisconnect = OnDisconnect.ON_DISCONNECT_KEEP
    result_depth: int | None = None
    preview_side: int = 512
    private: bool = False
    title: str = ""
    request_id: str = ""
    traceparent: str = ""
    stopwatch: Stopwatch | None = field(default=None, compare=False)

    def extra_planes(self) -> Iterator[int]:
        """The planes of the edit that ``extras`` will be, in their order: for its parameters."""
        return count(sum(2 if region.mask is None else 3 for region in self.regions))
