"""How the docker and the dialogs look."""

from krita import Krita
from PyQt5.QtWidgets import QApplication, QComboBox, QDialog, QLabel, QPushButton, QWidget

from .artist import docker, show_docker

# Small enough that the guide's pictures are not mostly empty.
GUIDE_WINDOW = (1180, 680)


def alone(width):
    """Show the docker by itself on its side, ``width`` pixels wide."""
    for other in Krita.instance().activeWindow().dockers():
        other.setVisible(other.objectName() == "sfumato_docker")
    Krita.instance().activeWindow().qwindow().resize(*GUIDE_WINDOW)
    yield from show_docker(width)
    yield lambda: abs(docker().width() - width) < 30


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


def overlay_pixels(path):
    """What lies over the canvas, as a picture."""
    shown = docker().overlay
    assert shown.grab().save(path)
    return [shown.width(), shown.height()]
