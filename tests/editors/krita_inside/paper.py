"""Documents to work on, and what can be seen of them; pixels travel as raw files."""

import struct
from pathlib import Path

from krita import InfoObject, Krita, Selection

from .desk import settle

SRGB = "sRGB-elle-V2-srgbtrc.icc"
DEEP = ("RGBA", "U16", SRGB)


def krita():
    """Krita itself."""
    return Krita.instance()


def document():
    """The active document."""
    return Krita.instance().activeDocument()


def open_document(width, height, space, pixels):
    """A new document in ``space`` with a photograph: BGRA, 16 bit, sRGB, in the file ``pixels``."""
    window = krita().activeWindow()
    made = krita().createDocument(width, height, "photograph", *space, 72.0)
    window.addView(made)
    yield lambda: document() is not None and document().width() == width
    made.setBatchmode(True)
    aside = krita().createDocument(1, 1, "aside", *DEEP, 72.0)
    layer = aside.createNode("pixels", "paintlayer")
    aside.rootNode().addChildNode(layer, None)
    layer.setPixelData(Path(pixels).read_bytes(), 0, 0, width, height)
    if tuple(space) != DEEP:
        aside.setColorSpace(*space)
        aside.waitForDone()
    background = made.topLevelNodes()[0]
    background.setPixelData(layer.pixelData(0, 0, width, height), 0, 0, width, height)
    aside.setModified(False)
    aside.close()
    made.refreshProjection()
    made.waitForDone()
    yield
    return [made.colorModel(), made.colorDepth(), made.colorProfile()]


def opened(path, into):
    """Open a file; its layers from the top with their pixels (BGRA, 8 bit) as files in ``into``."""
    made = krita().openDocument(path)
    made.setBatchmode(True)
    made.waitForDone()
    layers = []
    for index, node in enumerate(reversed(made.topLevelNodes())):
        file = Path(into) / f"layer-{index}"
        file.write_bytes(bytes(node.pixelData(0, 0, made.width(), made.height())))
        layers.append([node.name(), str(file)])
    made.setModified(False)
    made.close()
    return layers


def close_document():
    """Close the active document as a user does with Don't Save."""
    yield from settle()
    document().setModified(False)
    count = len(krita().documents())
    krita().action("file_close").trigger()
    yield lambda: len(krita().documents()) < count


def select(bounds, coverage):
    """Select what the file ``coverage`` says, one byte a pixel of ``bounds``."""
    chosen = Selection()
    chosen.setPixelData(Path(coverage).read_bytes(), *bounds)
    document().setSelection(chosen)
    document().waitForDone()


def size():
    """Height and width of the active document."""
    return [document().height(), document().width()]


def set_guides(across, down):
    """Put guides at these rows and columns."""
    document().setHorizontalGuides(across)
    document().setVerticalGuides(down)


def guides():
    """The rows and columns of the guides."""
    return [document().horizontalGuides(), document().verticalGuides()]


def guides_come_to(across, down):
    """Wait until the guides are there."""
    yield lambda: guides() == [across, down]


def add_stack():
    """Above the photograph: half a wash, a multiplied shadow in a group, line art, a filter."""
    made = document()
    root, (width, height) = made.rootNode(), (made.width(), made.height())
    wash = made.createNode("wash", "paintlayer")
    wash.setPixelData(bytes([90, 40, 20, 255]) * (width * height), 0, 0, width, height)
    wash.setOpacity(64)
    root.addChildNode(wash, None)
    group = made.createGroupLayer("shadows")
    root.addChildNode(group, wash)
    shadow = made.createNode("shadow", "paintlayer")
    shadow.setPixelData(
        bytes([180, 180, 200, 255]) * (width // 2 * height), 0, 0, width // 2, height
    )
    shadow.setBlendingMode("multiply")
    group.addChildNode(shadow, None)
    art = made.createNode("line art", "paintlayer")
    art.setPixelData(bytes([0, 0, 0, 255]) * (width * 4), 0, height // 2, width, 4)
    root.addChildNode(art, group)
    everywhere = Selection()
    everywhere.select(0, 0, width, height, 255)
    flip = made.createFilterLayer("filter", krita().filter("invert"), everywhere)
    root.addChildNode(flip, art)
    made.refreshProjection()
    made.waitForDone()
    yield
    made.setActiveNode(shadow)
    yield lambda: made.activeNode().name() == "shadow"


def add_art():
    """Above the photograph: a black bar, opaque."""
    made = document()
    width, height = made.width(), made.height()
    art = made.createNode("line art", "paintlayer")
    art.setPixelData(bytes([0, 0, 0, 255]) * (width * 4), 0, height // 2, width, 4)
    made.rootNode().addChildNode(art, None)
    made.refreshProjection()
    made.waitForDone()


def activate(name):
    """Make the layer of this name the active one."""
    made = document()
    made.setActiveNode(made.nodeByName(name))
    yield lambda: made.activeNode().name() == name


def open_plain(model, depth):
    """A new white document in Krita's default profile of a colour model."""
    made = krita().createDocument(64, 64, "plain", model, depth, "", 72.0)
    krita().activeWindow().addView(made)
    yield lambda: document() is not None and document().colorModel() == model


def select_all():
    """Select everything."""
    krita().action("select_all").trigger()
    document().waitForDone()


def lock(name):
    """Lock a layer."""
    document().nodeByName(name).setLocked(True)


def delete(name):
    """Delete a layer."""
    document().nodeByName(name).remove()
    document().waitForDone()


def brighten():
    """Paint a part of the background beyond sRGB: brighter than white, or the purest green."""
    made = document()
    background = made.nodeByName("Background")
    if made.colorDepth() == "F32":
        pixel = struct.pack("<4f", 4.0, 4.0, 4.0, 1.0)
    else:
        pixel = struct.pack("<4H", 300, 65000, 300, 65535)
    background.setPixelData(pixel * 10000, 200, 120, 100, 100)
    made.refreshProjection()
    made.waitForDone()


def write_pixels(path):
    """The whole picture's own bytes, as the artist sees it; returns their space."""
    made = document()
    made.waitForDone()
    Path(path).write_bytes(bytes(made.pixelData(0, 0, made.width(), made.height())))
    return [made.colorModel(), made.colorDepth(), made.colorProfile()]


def write_selection(path):
    """The artist's selection over the whole canvas."""
    made = document()
    chosen = made.selection()
    plane = bytes(chosen.pixelData(0, 0, made.width(), made.height())) if chosen else b""
    Path(path).write_bytes(plane)
    return bool(plane)


def write_layer(name, path, mask):
    """A layer's own pixels over the whole canvas, and its transparency mask; returns its place."""
    made = document()
    layer = made.nodeByName(name)
    whole = (0, 0, made.width(), made.height())
    Path(path).write_bytes(bytes(layer.pixelData(*whole)))
    masks = [child for child in layer.childNodes() if child.type() == "transparencymask"]
    Path(mask).write_bytes(bytes(masks[0].selection().pixelData(*whole)))
    bounds = layer.bounds()
    return {
        "bounds": [bounds.x(), bounds.y(), bounds.width(), bounds.height()],
        "masks": [child.name() for child in masks],
        "parent": layer.parentNode().name(),
        "siblings": [name for name, _ in _tree(layer.parentNode())],
    }


def layers():
    """The layers' names as a tree, bottom first, without the artist's selection."""
    return _tree(document().rootNode())


def _tree(node):
    children = [child for child in node.childNodes() if child.type() != "selectionmask"]
    return [[child.name(), _tree(child)] for child in children]


def active_layer():
    """The active layer's name."""
    return document().activeNode().name()


def annotations():
    """What plugins wrote into the document."""
    made = document()
    return {
        key: bytes(made.annotation(key)).decode("utf-8", "replace")
        for key in made.annotationTypes()
    }


def undo():
    """One undo, as the menu does it."""
    krita().action("edit_undo").trigger()
    document().waitForDone()
    yield
    document().waitForDone()


def redo():
    """One redo."""
    krita().action("edit_redo").trigger()
    document().waitForDone()
    yield
    document().waitForDone()


def undo_name():
    """What the next undo would take back."""
    return krita().action("edit_undo").text()


def save_and_reopen(path):
    """Save as .kra, close, and open again."""
    made = document()
    made.setBatchmode(True)
    made.saveAs(path)
    yield from close_document()
    opened = krita().openDocument(path)
    krita().activeWindow().addView(opened)
    yield lambda: document() is not None


def export(path):
    """Write a PNG as it looks."""
    document().setBatchmode(True)
    return document().exportImage(path, InfoObject())
