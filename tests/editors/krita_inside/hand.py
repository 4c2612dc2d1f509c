"""The artist's hand: the mouse over the canvas, and the tool in it."""

from krita import Krita
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QToolButton, QWidget

from sfumato.overlay import CANVAS_CLASSES

from .artist import state
from .desk import settle


def canvas_middle():
    """The middle of the canvas on the screen."""
    canvas = next(
        widget
        for widget in Krita.instance().activeWindow().qwindow().findChildren(QWidget)
        if widget.metaObject().className() in CANVAS_CLASSES and widget.isVisible()
    )
    middle = canvas.mapToGlobal(canvas.rect().center())
    return [middle.x(), middle.y()]


def take_tool(name):
    """Take a tool from the box."""
    Krita.instance().action(name).trigger()
    yield lambda: has_tool(name)


def has_tool(name):
    """Whether this tool is in the hand."""
    main = Krita.instance().activeWindow().qwindow()
    return main.findChild(QToolButton, name).isChecked()


def waiting_for_the_hand():
    """Wait until the result is here, while a mouse button is down, and a little longer."""
    yield lambda: QApplication.mouseButtons() != Qt.NoButton
    yield lambda: state()["message"] == "Inserting."
    yield from settle()
    assert state()["message"] == "Inserting."
