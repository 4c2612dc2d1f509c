"""What an artist does with the dialogs that extend the canvas and make selections."""

from krita import Krita
from PyQt5.QtCore import QPointF, Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QDialog

from .artist import docker, ended, state, trigger
from .desk import settle
from .looks import cut_off, without_messages


def dialog(name):
    """A dialog of the plugin."""
    return docker().findChild(QDialog, f"sfumato_{name}_dialog")


def open_(name):
    """Choose the action that opens it, and wait until it is there."""
    yield from trigger(f"sfumato_{name}")
    yield lambda: dialog(name).isVisible()


def choose_sides(prompt="", aspect="", anchor="", **sides):
    """Fill in the dialog that extends the canvas; the sides that it shows then."""
    shown = dialog("outpaint")
    for name, pixels in sides.items():
        shown.sides[name].setValue(pixels)
    if anchor:
        shown.anchor.setCurrentText(anchor)
    shown.aspect.setEditText(aspect)
    shown.prompt.set_text(prompt)
    return {name: spin.value() for name, spin in shown.sides.items()}


def says(name):
    """A dialog's sentence, and whether its button can be pressed."""
    shown = dialog(name)
    go = shown.extend if name == "outpaint" else shown.find
    return [shown.sentence.text(), go.isEnabled()]


def close(name):
    """Close it without doing anything."""
    dialog(name).close()


def press_extend():
    """Press Extend, and wait until that is at work."""
    before = docker().bench.run
    QTest.mouseClick(dialog("outpaint").extend, Qt.LeftButton)
    yield lambda: docker().bench.run is not before


def extend():
    """Press Extend, and wait for the layer or for the sentence that says why there is none."""
    yield from press_extend()
    yield from ended()
    return state()


def select(what, text="", grow=0, invert=False, count=0, sure=-1):
    """Ask for a selection, and wait for it or for the sentence that says why there is none."""
    yield from open_("select")
    shown = dialog("select")
    shown.what.setCurrentIndex(shown.what.findData(what))
    shown.text.setText(text)
    shown.grow.setValue(grow)
    shown.invert.setChecked(invert)
    shown.count.setValue(count)
    shown.confidence.setValue(sure)
    if not shown.find.isEnabled():
        yield from settle()
        said = {"message": shown.sentence.text(), "cut": cut_off("select")}
        shown.close()
        return said
    before = docker().bench.run
    QTest.mouseClick(shown.find, Qt.LeftButton)
    yield lambda: docker().bench.run is not before
    yield from ended()
    return state()


def narrowed():
    """For all that can be searched for, whether it can be said how many and how sure."""
    yield from open_("select")
    shown = dialog("select")
    found = {}
    for index in range(shown.what.count()):
        shown.what.setCurrentIndex(index)
        found[shown.what.currentData()] = [shown.count.isEnabled(), shown.confidence.isEnabled()]
    shown.close()
    return found


def grab(name, path):
    """A picture of a dialog."""
    yield
    QApplication.processEvents()
    assert dialog(name).grab().save(path)


def pick(grow=0, turned=0, zoom=0):
    """Ask to select by a click, and wait until the canvas takes it."""
    view = Krita.instance().activeWindow().activeView()
    if turned:
        view.canvas().setRotation(turned)
    if zoom:
        view.canvas().setZoomLevel(zoom)
    yield
    # What Krita says over the canvas then would catch clicks.
    yield from without_messages()
    yield from open_("select")
    shown = dialog("select")
    shown.what.setCurrentIndex(shown.what.findData("point"))
    shown.grow.setValue(grow)
    QTest.mouseClick(shown.find, Qt.LeftButton)
    yield lambda: docker().picker.isVisible()
    return state()


def place_of(x, y):
    """Where on the screen the canvas shows this pixel of the picture."""
    view = Krita.instance().activeWindow().activeView()
    to_canvas = view.flakeToImageTransform().inverted()[0] * view.flakeToCanvasTransform()
    picker = docker().picker
    shown = picker.mapToGlobal(to_canvas.map(QPointF(x + 0.5, y + 0.5)).toPoint())
    return [shown.x(), shown.y()]


def picked(excluded):
    """Wait until these clicks are made, each meant or excluded, and for the answer to them."""
    picker = docker().picker
    yield lambda: len(picker.clicks) == len(excluded)
    assert [click.exclude for click in picker.clicks] == excluded
    if not all(excluded):
        yield from ended()
    return state()


def leave_picking():
    """Press Escape, and wait until the canvas is free."""
    QTest.keyClick(docker().picker, Qt.Key_Escape)
    yield lambda: not docker().picker.isVisible()
    return state()
