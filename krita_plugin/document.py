"""An artist's document: which one it is, whether it can be edited, what is selected in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from krita import Document, Krita
from krita import Selection as KritaSelection

from sfumato_client import Bounds, Extent, Refused, turning

from .color import BYTES, SAMPLES, Space

MODEL_NAMES = {"CMYKA": "CMYK", "LABA": "L*a*b*", "XYZA": "XYZ", "YCbCrA": "YCbCr", "A": "alpha"}


class Drawn(NamedTuple):
    """The artist's selection as Krita has it: one byte a pixel of ``bounds``."""

    bounds: Bounds
    coverage: bytes


class Shape(NamedTuple):
    """What must not change between reading a document and laying a layer into it."""

    extent: Extent
    space: Space
    grid: tuple[bytes, ...]

    @staticmethod
    def of(document: Document) -> Shape:
        """The shape of a document now."""
        extent = Extent(document.width(), document.height())
        grid = tuple(bytes(document.pixelData(x, y, 1, 1)) for x, y in turning.places(extent))
        return Shape(extent, Space.of(document), grid)

    def fits(self, other: Shape) -> bool:
        """Whether what was made for this shape belongs into the other; painting is no matter."""
        if (self.extent, self.space) != (other.extent, other.space):
            return False
        square = self.extent.width == self.extent.height
        return not turning.was_turned(self.grid, other.grid, square)


def identity(document: Document) -> str:
    """A name for a document as long as it is open; wrappers come and go."""
    return str(document.rootNode().uniqueId().toString())


def find(name: str) -> Document | None:
    """The open document with this identity."""
    for document in Krita.instance().documents():
        root = document.rootNode()
        if root is not None and root.uniqueId().toString() == name:
            return document
    return None


def active() -> Document | None:
    """The document the artist works on."""
    document = Krita.instance().activeDocument()
    return document if document is not None and document.rootNode() is not None else None


def check_editable(document: Document) -> None:
    """Raise ``Refused``, with what to do, for documents whose pixels cannot be sent."""
    space = Space.of(document)
    if space.model not in SAMPLES or space.depth not in BYTES:
        name = MODEL_NAMES.get(space.model, space.model)
        raise Refused(
            f"Sfumato works on RGB and grayscale pictures, and this one is {name}. Convert a copy "
            "with Image > Convert Image Color Space, and edit that."
        )


def read_selection(document: Document) -> Drawn:
    """What is selected, inside the canvas; raises ``Refused`` if that is nothing."""
    bounds = selected_bounds(document)
    return Drawn(bounds, bytes(document.selection().pixelData(*bounds)))


def selected_bounds(document: Document) -> Bounds:
    """The box of what is selected, inside the canvas; raises ``Refused`` if that is nothing."""
    selected = document.selection()
    if selected is None:
        raise Refused("Nothing is selected. Select what should change and try again.")
    canvas = Bounds(0, 0, document.width(), document.height())
    extent = Bounds(selected.x(), selected.y(), selected.width(), selected.height())
    bounds = extent.intersection(canvas)
    if not bounds.area:
        raise Refused("The selection lies outside the canvas. Select a part of the picture.")
    return bounds


def select(document: Document, coverage: Sequence[tuple[Bounds, bytes]]) -> None:
    """Make planes of one byte a pixel the artist's selection.

    What a script selects is in no undo step of Krita's, so an action of the menu makes one before;
    undoing that brings back what was selected, or nothing.
    """
    chosen = KritaSelection()
    for bounds, plane in coverage:
        part = KritaSelection()
        part.setPixelData(plane, *bounds)
        chosen.add(part)
    if active() == document:
        undoable = "deselect" if document.selection() is not None else "select_all"
        Krita.instance().action(undoable).trigger()
        document.waitForDone()
    document.setSelection(chosen)
