"""What is sampled for an edit, and where its result belongs: directly above that."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from krita import Document, Node

from sfumato_client import Bounds, Refused

from . import color
from .color import Space
from .pixels import Picture
from .qt import QImage

READ_AT_ONCE = 1 << 21
"""So many pixels are read in one turn of the event loop."""
AT_ONCE = 1 << 15
"""So many samples are looked at in one go."""


class Spot(NamedTuple):
    """A place in the layer stack, by unique ids; ``above`` is ``None`` at a group's bottom."""

    parent: str
    above: str | None


def spot_of(document: Document, source: str) -> Spot:
    """Where a result of ``source`` ("all", "below", "group") goes; ``Refused`` if locked there."""
    layer = _layer(document.activeNode())
    root = document.rootNode()
    if source == "below" and layer is not None:
        parent, above = layer.parentNode(), layer
    elif source == "group" and layer is not None:
        parent = _group(layer)
        above = _top(parent)
    else:
        parent, above = root, _top(root)
    node = parent
    while node is not None and node.parentNode() is not None:
        if node.locked():
            raise Refused(
                f'The group "{node.name()}" is locked, so no layer can be added to it. Unlock it, '
                "or choose another source under Advanced."
            )
        node = node.parentNode()
    return Spot(_id(parent), _id(above) if above is not None else None)


@contextmanager
def sampled(document: Document, source: str, hidden: Collection[str]) -> Iterator[Document]:
    """The document as ``source`` sees it, without the layers ``hidden`` (unique ids).

    The artist's own document is never changed: layers are hidden in a clone.
    """
    layer = _layer(document.activeNode())
    paths = [_path(node) for node in walk(document.rootNode()) if _id(node) in hidden]
    if (source == "all" or layer is None) and not paths:
        yield document
        return
    clone = document.clone()
    clone.setBatchmode(True)
    try:
        root = clone.rootNode()
        for path in paths:
            _at(root, path).setVisible(False)
        if source == "below" and layer is not None:
            _hide_above(root, _path(layer))
        elif source == "group" and layer is not None:
            _isolate(root, _path(_group(layer)))
        clone.refreshProjection()
        clone.waitForDone()
        yield clone
    finally:
        clone.setModified(False)
        clone.close()


def read(document: Document, window: Bounds) -> Picture:
    """The visible pixels of a window in sRGB, 8 bit for 8-bit documents, else 16 bit."""
    space = Space.of(document)
    target = color.srgb(space.wire_depth)
    native = bytes(document.pixelData(*window))
    if space == target:
        return Picture(window, native, 8 if space.depth == "U8" else 16)
    if space.wire_depth == 8:
        image = document.projection(*window).convertToFormat(QImage.Format.Format_ARGB32)
        bgra = image.constBits().asstring(window.area * 4)
    else:
        bgra = color.convert(native, window, space, target)
    return Picture(window, bgra, space.wire_depth, partial(_loss, native, space, bgra))


def strips(document: Document, window: Bounds) -> Iterator[list[Picture]]:
    """Read a window from top to bottom, in parts short enough for a turn of the event loop.

    Yields what is read so far; the last list holds all. Raises ``Refused`` if the document is
    closed meanwhile.
    """
    read_so_far = []
    rows = max(1, READ_AT_ONCE // window.width)
    for top in range(window.y, window.bottom, rows):
        if document.rootNode() is None:
            raise Refused("The picture was closed.")
        bottom = min(top + rows, window.bottom)
        read_so_far.append(read(document, Bounds.between(window.x, top, window.right, bottom)))
        yield read_so_far


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it."""
    yield node
    for child in node.childNodes():
        yield from walk(child)


def _loss(native: bytes, space: Space, bgra: bytes) -> str:
    """A sentence if values above 1.0 or outside sRGB were clipped, else empty."""
    if space.depth == "F32" and any(max(part) > 1.0 for part in _parts(array("f", native))):
        return "Values above 1.0 were clipped for this edit; the layer holds none."
    # The high byte of a half float tells its exponent: from 0x3D on it is 1.25 or more.
    if space.depth == "F16" and any(
        0x3D <= high < 0x7C for part in _parts(native[1::2]) for high in set(part)
    ):
        return "Values above 1.0 were clipped for this edit; the layer holds none."
    if space.model == "GRAYA" or "srgb" in space.profile.lower():
        return ""
    codes = {"U8": "B", "U16": "H", "F32": "f"}
    if space.depth not in codes:
        return ""
    full = {"U8": 255, "U16": 65535, "F32": 1.0}[space.depth]
    before, after = array(codes[space.depth], native), array(codes[f"U{space.wire_depth}"], bgra)
    top = 255 if space.wire_depth == 8 else 65535
    clipped = _count(after, 0, top) - _count(before, 0, full)
    # Rounding alone moves a few samples to the ends.
    if clipped > len(after) // 500:
        return "Some colours lie outside sRGB and were clipped for this edit."
    return ""


def _parts(samples: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """A few at a time: nobody else in Krita can run Python while so many are looked at."""
    for start in range(0, len(samples), AT_ONCE):
        yield samples[start : start + AT_ONCE]


def _count(samples: Sequence[Any], *values: float) -> int:
    return sum(part.count(value) for part in _parts(samples) for value in values)


def _layer(node: Node | None) -> Node | None:
    """The layer a node is, or belongs to as its mask."""
    while node is not None and node.type().endswith("mask"):
        node = node.parentNode()
    return node if node is not None and node.parentNode() is not None else None


def _group(layer: Node) -> Node:
    return layer if layer.type() == "grouplayer" else layer.parentNode()


def _top(parent: Node) -> Node | None:
    """The topmost layer of a group; its masks lie above but are none."""
    layers = [child for child in parent.childNodes() if not child.type().endswith("mask")]
    return layers[-1] if layers else None


def _path(node: Node) -> tuple[int, ...]:
    """The indices that lead from the root to a node."""
    parent = node.parentNode()
    if parent is None:
        return ()
    ids = [_id(child) for child in parent.childNodes()]
    return (*_path(parent), ids.index(_id(node)))


def _at(root: Node, path: tuple[int, ...]) -> Node:
    for index in path:
        root = root.childNodes()[index]
    return root


def _hide_above(root: Node, path: tuple[int, ...]) -> None:
    node = root
    for index in path:
        children = node.childNodes()
        for child in children[index + 1 :]:
            if not child.type().endswith("mask"):
                child.setVisible(False)
        node = children[index]


def _isolate(root: Node, path: tuple[int, ...]) -> None:
    """Show nothing but one group's content, as it is inside the group."""
    node = root
    for index in path:
        for number, child in enumerate(node.childNodes()):
            if number != index:
                child.setVisible(False)
        node = node.childNodes()[index]
        node.setVisible(True)
        node.setOpacity(255)
        node.setBlendingMode("normal")


def _id(node: Node) -> str:
    return str(node.uniqueId().toString())
