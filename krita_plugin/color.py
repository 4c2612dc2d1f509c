"""Colour spaces of Krita documents, and conversion by Krita's own colour management.

``Node.setColorSpace`` must never be used on an artist's document: even for a node outside the layer
stack it lands on the undo history. Conversion happens in a document of its own, without a view.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from krita import Document, Krita, Node

from sfumato_client import Bounds

SRGB_PROFILE = "sRGB-elle-V2-srgbtrc.icc"
SAMPLES = {"RGBA": 4, "GRAYA": 2}
BYTES = {"U8": 1, "U16": 2, "F16": 2, "F32": 4}


class Space(NamedTuple):
    """What a pixel's bytes mean: Krita's names for model, depth and profile."""

    model: str
    depth: str
    profile: str

    @staticmethod
    def of(document: Document) -> Space:
        """The space of a document."""
        return Space(document.colorModel(), document.colorDepth(), document.colorProfile())

    @property
    def pixel_bytes(self) -> int:
        """Bytes of one pixel."""
        return SAMPLES[self.model] * BYTES[self.depth]

    @property
    def wire_depth(self) -> int:
        """Bits a sample that keep what it can hold: 8, or 16 for all deeper ones."""
        return 8 if self.depth == "U8" else 16


def srgb(depth: int) -> Space:
    """The space that travels: sRGB, ``depth`` 8 or 16."""
    return Space("RGBA", f"U{depth}", SRGB_PROFILE)


@contextmanager
def scratch(space: Space) -> Iterator[Document]:
    """A document without a view. It has one pixel; its layers may hold more, anywhere."""
    document = Krita.instance().createDocument(1, 1, "Sfumato", *space, 72.0)
    document.setBatchmode(True)
    try:
        yield document
    finally:
        document.setModified(False)
        document.close()


def fill(node: Node, pixels: bytes, bounds: Bounds, pixel_bytes: int) -> None:
    """Write pixels into a node; ``ValueError`` where Krita would read beyond their end."""
    if len(pixels) != bounds.area * pixel_bytes:
        raise ValueError(f"{bounds.area} pixels take {bounds.area * pixel_bytes} bytes")
    node.setPixelData(pixels, *bounds)


def convert(pixels: bytes, bounds: Bounds, source: Space, target: Space) -> bytes:
    """The same colours in another space."""
    if source == target:
        return pixels
    with scratch(source) as document:
        node = document.createNode("pixels", "paintlayer")
        document.rootNode().addChildNode(node, None)
        fill(node, pixels, bounds, source.pixel_bytes)
        document.setColorSpace(*target)
        document.waitForDone()
        return bytes(node.pixelData(*bounds))
