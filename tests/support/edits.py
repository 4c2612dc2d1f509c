"""Edits as they stand on the wire, valid, small and easy to spoil."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import parameters_pb2, pixels_pb2

WIDTH, HEIGHT = 48, 32
BOX = np.s_[10:18, 20:30]
"""The selected part."""
CHUNK = 1000
"""Small, so that small planes come in several chunks."""


@dataclass
class WireEdit:
    """A header and the packed bytes of its planes."""

    header: pb.InpaintHeader
    planes: list[bytes] = field(default_factory=list)

    def requests(self) -> Iterator[pb.InpaintRequest]:
        """The client's stream."""
        yield pb.InpaintRequest(header=self.header)
        for index, data in enumerate(self.planes):
            for at in range(0, len(data), CHUNK):
                chunk = pixels_pb2.PixelChunk(plane=index, data=data[at : at + CHUNK])
                yield pb.InpaintRequest(chunk=chunk)

    def replace_plane(self, index: int, data: bytes) -> None:
        """Send other bytes, announced by their right number."""
        self.planes[index] = data
        self.header.planes[index].encoded_bytes = len(data)


def picture(width: int = WIDTH, height: int = HEIGHT, samples: int = 3) -> np.ndarray:
    """A gradient with a texture, (height, width, samples) at 8 bit."""
    y, x = np.mgrid[:height, :width]
    return np.stack(
        [(3 * x + 2 * y + 40 * k + 9 * ((x + y + k) % 3)) % 256 for k in range(samples)], axis=-1
    ).astype(np.uint8)


def selection(width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """A hard box."""
    mask = np.zeros((height, width), np.uint8)
    mask[BOX] = 255
    return mask


def wire_edit(width: int = WIDTH, height: int = HEIGHT) -> WireEdit:
    """Removal of a box from an RGB picture that is its own window."""
    extent = pixels_pb2.Extent(width=width, height=height)
    raw, packed = picture(width, height).tobytes(), zlib.compress(selection(width, height))
    header = pb.InpaintHeader(
        protocol=pb.ProtocolVersion(major=1),
        request_id=str(uuid.uuid4()),
        client=pb.Client(id="one", name="test", version="1"),
        canvas=extent,
        planes=[
            pixels_pb2.Plane(
                extent=extent,
                color_model=pixels_pb2.COLOR_MODEL_RGB,
                depth=pixels_pb2.DEPTH_U8,
                codec=pixels_pb2.CODEC_RAW,
                encoded_bytes=len(raw),
            ),
            pixels_pb2.Plane(
                extent=extent,
                color_model=pixels_pb2.COLOR_MODEL_GRAY,
                depth=pixels_pb2.DEPTH_U8,
                codec=pixels_pb2.CODEC_DEFLATE,
                encoded_bytes=len(packed),
            ),
        ],
        regions=pb.Regions(
            regions=[
                pb.Region(
                    window=pixels_pb2.Bounds(width=width, height=height), picture=0, selection=1
                )
            ]
        ),
        parameters=parameters_pb2.Parameters(grow=2, feather=4),
        title="A box",
    )
    return WireEdit(header, [raw, packed])
