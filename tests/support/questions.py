"""Questions as they stand on the wire, valid, small and easy to spoil."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sfumato_client.geometry import Bounds
from sfumato_client.wire import pixels_pb2 as px
from sfumato_client.wire import segment_pb2 as pb

WIDTH, HEIGHT = 96, 64
THING = Bounds(30, 20, 24, 20)


def picture() -> NDArray[np.uint8]:
    """A red rectangle on blue, with a little texture."""
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[..., 2] = 150
    pixels[THING.y : THING.bottom, THING.x : THING.right] = (200, 40, 30)
    return pixels + np.random.default_rng(0).integers(0, 8, pixels.shape, np.uint8)


@dataclass
class WireQuestion:
    """A header and the bytes of its picture."""

    header: pb.SegmentHeader
    data: bytes

    def requests(self) -> Iterator[pb.SegmentRequest]:
        """The client's stream."""
        yield pb.SegmentRequest(header=self.header)
        for at in range(0, len(self.data), 5000):
            yield pb.SegmentRequest(chunk=px.PixelChunk(data=self.data[at : at + 5000]))


def wire_question(pixels: NDArray[np.uint8] | None = None, **target: object) -> WireQuestion:
    """What is in a box around the thing, or what ``target`` says, in an RGB picture."""
    pixels = picture() if pixels is None else pixels
    height, width = pixels.shape[:2]
    around = THING.padded(4)
    box = px.Bounds(x=around.x, y=around.y, width=around.width, height=around.height)
    header = pb.SegmentHeader(
        request_id=str(uuid.uuid4()),
        picture=px.Plane(
            extent=px.Extent(width=width, height=height),
            color_model=px.COLOR_MODEL_RGB,
            depth=px.DEPTH_U8,
            codec=px.CODEC_RAW,
            encoded_bytes=pixels.nbytes,
        ),
        window=px.Bounds(width=width, height=height),
        target=pb.Target(**(target or {"boxes": [box]})),  # type: ignore[arg-type]
    )
    return WireQuestion(header, pixels.tobytes())


def answer(events: Iterable[pb.SegmentEvent]) -> tuple[pb.Segmented, NDArray[np.uint8]]:
    """What was found, and the selection."""
    announced, data = pb.Segmented(), b""
    for event in events:
        if event.HasField("segmented"):
            announced = event.segmented
        elif event.HasField("chunk"):
            data += event.chunk.data
    extent = announced.plane.extent
    mask = np.frombuffer(zlib.decompress(data), np.uint8)
    return announced, mask.reshape(extent.height, extent.width)
