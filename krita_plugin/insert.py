"""Laying a result into the document: one layer with a transparency mask, in one undo step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from krita import Document, Krita, Node, Selection

from sfumato_client import Growth

from . import color
from .color import Space
from .document import Shape
from .pixels import Patch
from .qt import QTimer, QToolButton
from .run import Asked
from .source import Spot, spot_of, walk

MASK_NAME = "Sfumato mask"
# Tools that own the layer stack until the artist is through with them.
TOOLS_AT_WORK = ("KisToolTransform", "KisToolCrop")
TOOLBOX = "ToolBox"


def insert(
    document: Document,
    spot: Spot,
    name: str,
    patches: Sequence[Patch],
    grow: Callable[[], None],
) -> Iterator[str]:
    """Lay ``patches`` down as a layer, a step a turn of the event loop; yields its unique id.

    Before it is there it yields "". Layer and mask are made in a document of their own, so that one
    step alone touches the artist's document, and undo takes it back at once. ``grow`` makes the
    canvas what it has to be just before.
    """
    target = Space.of(document)
    space = color.srgb(patches[0].depth)
    with color.scratch(space) as aside:
        yield ""
        layer = aside.createNode(name, "paintlayer")
        aside.rootNode().addChildNode(layer, None)
        # Windows overlap: what a window shows around its core must not cover another's core.
        for patch in patches:
            color.fill(layer, patch.bgra, patch.window, space.pixel_bytes)
        if len(patches) > 1:
            for patch in patches:
                color.fill(layer, patch.core_bgra, patch.core, space.pixel_bytes)
        yield ""
        if target != space:
            aside.setColorSpace(*target)
            aside.waitForDone()
            yield ""
        mask = aside.createTransparencyMask(MASK_NAME)
        coverage = Selection()
        for patch in patches:
            coverage.setPixelData(patch.core_mask, *patch.core)
        layer.addChildNode(mask, None)
        mask.setSelection(coverage)
        yield ""
        copy = layer.duplicate()
        grow()
        was_alone = _add(document, spot, copy)
        identity = str(copy.uniqueId().toString())
        yield identity
    yield identity
    if was_alone:
        # A group with one layer has no picture of its own; with the second one Krita makes it, but
        # only where that layer lies.
        document.refreshProjection()
        yield identity


def obstacle(document: Document, asked: Asked, growth: Growth | None) -> str:
    """Why a result of what was ``asked`` should wait for the artist, or empty.

    An earlier variation may have made the canvas grow already.
    """
    now = Shape.of(document)
    has_grown = growth is not None and now[:2] == (growth.canvas, asked.shape.space)
    if not has_grown and not asked.shape.fits(now):
        return "The canvas was changed meanwhile, so the result may not fit any more."
    if not holds(document, asked.spot):
        return "The layer that the result belongs above is gone."
    if any(_in_hand(tool) for tool in TOOLS_AT_WORK):
        return "The result is here. Finish with the tool, then insert it."
    return ""


def holds(document: Document, spot: Spot) -> bool:
    """Whether the place is still there."""
    parent = _node(document, spot.parent)
    if parent is None:
        return False
    above = _node(document, spot.above) if spot.above is not None else None
    return spot.above is None or (above is not None and above.parentNode() == parent)


def on_top(document: Document) -> Spot:
    """The place above everything."""
    return spot_of(document, "all")


def names(document: Document) -> set[str]:
    """The names of all layers."""
    return {node.name() for node in walk(document.rootNode())}


def _add(document: Document, spot: Spot, layer: Node) -> bool:
    """Add the layer; tells whether there was only one in its group before."""
    parent = _node(document, spot.parent)
    above = _node(document, spot.above) if spot.above is not None else None
    # A wrong neighbour inserts nothing and still leaves an undo step.
    if parent is None or (above is not None and above.parentNode() != parent):
        raise LookupError("the layer that the result belongs above is gone")
    before = document.activeNode()
    layers = [child for child in parent.childNodes() if not child.type().endswith("mask")]
    parent.addChildNode(layer, above)
    document.waitForDone()
    if before is not None:
        # Krita makes the new layer active on the next turn.
        QTimer.singleShot(0, lambda: document.setActiveNode(before))
    return len(layers) == 1


def _in_hand(tool: str) -> bool:
    """Whether a tool is in use: its button in the toolbox tells that, its action does not."""
    window = Krita.instance().activeWindow()
    # A window has thousands of widgets, so the toolbox is asked alone.
    boxes = window.dockers() if window is not None else ()
    box = next((box for box in boxes if box.objectName() == TOOLBOX), None)
    button = box.findChild(QToolButton, tool) if box is not None else None
    return button is not None and bool(button.isChecked())


def _node(document: Document, identity: str) -> Node | None:
    for node in walk(document.rootNode()):
        if node.uniqueId().toString() == identity:
            return node
    return None
