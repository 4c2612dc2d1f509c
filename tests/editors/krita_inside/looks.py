"""How the docker and the dialogs look."""

from krita import Krita
from PyQt5.QtCore import QMargins, QRectF
from PyQt5.QtWidgets import QApplication, QComboBox, QDialog, QLabel, QPushButton, QWidget

from sfumato.overlay import canvas_of, image_to_canvas

from .artist import docker, show_docker

# Small enough that the guide's pictures are not mostly empty.
GUIDE_WINDOW = (1180, 680)
UNFOLDED_HEIGHT = 740


def alone(width):
    """Show the docker by itself on its side, ``width`` pixels wide."""
    for other in Krita.instance().activeWindow().dockers():
        other.setVisible(other.objectName() == "sfumato_docker")
    Krita.instance().activeWindow().qwindow().resize(*GUIDE_WINDOW)
    yield from show_docker(width)
    yield lambda: abs(docker().width() - width) < 30


def unfolded():
    """Give the docker as much room as everything under Advanced takes."""
    window = Krita.instance().activeWindow().qwindow()
    window.resize(GUIDE_WINDOW[0], UNFOLDED_HEIGHT)
    yield lambda: window.height() == UNFOLDED_HEIGHT


def without_messages():
    """Take away what Krita says over the canvas for a moment, such as the zoom."""
    for widget in QApplication.allWidgets():
        if widget.metaObject().className() == "KisFloatingMessage":
            widget.hide()
    yield


def window_size():
    """Krita's main window, in pixels; it stands in the screen's corner."""
    main = Krita.instance().activeWindow().qwindow()
    return [main.width(), main.height()]


def grab_docker(path):
    """A picture of the docker alone."""
    yield
    QApplication.processEvents()
    assert docker().grab().save(path)


def cut_off(name=""):
    """Widgets of the docker, or of a dialog, that show less than their text needs."""
    dialog = docker().findChild(QDialog, f"sfumato_{name}_dialog")
    shown, found = dialog if name else docker(), []
    for combo in shown.findChildren(QComboBox):
        text = combo.currentText()
        if combo.isVisible() and combo.width() < combo.fontMetrics().horizontalAdvance(text) + 24:
            found.append(text)
    for label in shown.findChildren(QWidget):
        if not label.isVisible() or not hasattr(label, "text") or not callable(label.text):
            continue
        if isinstance(label, QLabel) and label.wordWrap():
            if label.height() < label.heightForWidth(label.width()):
                found.append(label.text())
        elif isinstance(label, (QLabel, QPushButton)) and label.width() < label.sizeHint().width():
            found.append(label.text())
    return found


def preview_follows(bounds, turned, zoom):
    """Turn and zoom the canvas, and wait until the preview covers these bounds of the picture.

    Returns its width and height and those of the canvas.
    """
    view = Krita.instance().activeWindow().activeView()
    view.canvas().setRotation(turned)
    view.canvas().setZoomLevel(zoom)
    shown, canvas = docker().overlay, canvas_of(Krita.instance().activeWindow())

    def lies_there():
        place = image_to_canvas(view).mapRect(QRectF(*bounds)).toAlignedRect() & canvas.rect()
        there, edge = shown.geometry(), QMargins(2, 2, 2, 2)
        return there.contains(place) and (place + edge).contains(there)

    yield lies_there
    return [shown.width(), shown.height(), canvas.width(), canvas.height()]


def until_overlay(color):
    """Wait until the middle of what lies over the canvas has about this colour."""

    def there():
        for part in docker().overlay._images if docker().overlay.isVisible() else ():
            middle = part.image.rect().center()
            seen = part.image.pixelColor(middle).getRgb()
            if seen[3] == 255 and all(
                abs(a - b) <= 8 for a, b in zip(seen[:3], color, strict=True)
            ):
                return True
        return False

    yield there
