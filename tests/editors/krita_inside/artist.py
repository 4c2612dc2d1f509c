"""What an artist does with the docker and the actions."""

from krita import Krita
from PyQt5.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt5.QtGui import QMouseEvent
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from sfumato.docker import Docker
from sfumato.overlay import CANVAS_CLASSES

from .desk import settle

# Small enough that the guide's pictures are not mostly empty.
GUIDE_WINDOW = (1180, 680)


def docker():
    """The docker of the active window."""
    window = Krita.instance().activeWindow()
    return next(d for d in window.dockers() if d.objectName() == "sfumato_docker")


def button(name):
    """One of the docker's buttons."""
    return docker().findChild(QPushButton, name)


def show_docker(width=340):
    """Bring it to the front, as wide as an artist has it."""
    shown = docker()
    shown.setVisible(True)
    shown.raise_()
    main = Krita.instance().activeWindow().qwindow()
    main.resizeDocks([shown], [width], Qt.Horizontal)
    yield


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


def connected(generating=False):
    """Wait until there is a daemon, or one that can generate."""
    known = docker().panel.connection_bar._connection
    known.look()
    yield lambda: "Connected" in known.sentence and (not generating or known.offer.can_generate)


def connection():
    """What the docker says about the daemon."""
    bar = docker().panel.connection_bar
    return {
        "sentence": bar._connection.sentence,
        "start": bar.start.isVisible(),
        "other": bar.other.isVisible(),
    }


def use_daemon(address, token):
    """Enter another daemon's address and token; empty for this machine's own."""
    bar = docker().panel.connection_bar
    bar.other.setChecked(True)
    bar.address.setText(address)
    bar.token.setText(token)
    bar.join.click()
    yield
    yield lambda: bar._connection.offer is not None or not address


def use_daemon_in_vain(address, token):
    """Enter what leads nowhere, and wait for the sentence that says so."""
    connection_ = docker().panel.connection_bar._connection
    docker().panel.connection_bar.address.setText(address)
    docker().panel.connection_bar.token.setText(token)
    docker().panel.connection_bar.join.click()
    yield lambda: connection_.sentence != "Connecting."


def shown_setting(name):
    """A number under Advanced."""
    return getattr(docker().panel.advanced, name).value()


def inserted():
    """Wait until a result that waited is in the document."""
    yield lambda: state()["message"].startswith("Inserted")


def lost():
    """Wait until the docker knows that there is no daemon."""
    docker().panel.connection_bar._connection.look()
    yield lambda: connection()["start"]


def press(name):
    """Click a button of the docker."""
    QTest.mouseClick(button(name), Qt.LeftButton)


def trigger(action):
    """Choose an action of the menu."""
    Krita.instance().action(action).trigger()
    yield


def write_prompt(text):
    """Type a prompt."""
    docker().findChild(QPlainTextEdit, "sfumato_prompt").setPlainText(text)


def settings(**values):
    """Set what is under Advanced."""
    advanced = docker().panel.advanced
    for name, value in values.items():
        widget = getattr(advanced, name)
        if hasattr(widget, "setValue"):
            widget.setValue(value)
        elif hasattr(widget, "setChecked"):
            widget.setChecked(value)
        else:
            widget.setCurrentIndex(widget.findData(value))


def presets():
    """The names of the presets that can be chosen."""
    combo = docker().panel.preset
    return [combo.itemData(index) for index in range(combo.count())]


def preset():
    """The chosen preset."""
    return docker().panel.preset.currentData()


def choose_preset(name):
    """Choose a preset."""
    combo = docker().panel.preset
    combo.setCurrentIndex(combo.findData(name))


def strength():
    """The strength in percent."""
    return docker().panel.strength.value()


def enhance(wanted):
    """Tick or untick that words are added."""
    docker().panel.enhance.setChecked(wanted)


def unfold(opened=True):
    """Open or close Advanced."""
    docker().panel.fold.setChecked(opened)
    yield


def state():
    """What the docker shows."""
    shown = docker()
    panel = shown.panel
    flow = shown.bench.run.flow if shown.bench is not None and shown.bench.run is not None else None
    return {
        "phase": flow.phase.value if flow is not None else "idle",
        "message": panel.message.text(),
        "lacks": panel.lacks.text(),
        "notices": panel.notices.text(),
        "generate": panel.generate.isEnabled(),
        "remove": panel.remove.isEnabled(),
        "cancel": panel.cancel.isEnabled(),
        "anyway": panel.anyway.isVisible(),
        "variations": panel.gallery.count(),
        "prompt": panel.prompt.text,
        "overlay": shown.overlay.isVisible(),
    }


def edit(action):
    """Start an edit and wait for its layer, or for the sentence that says why there is none."""
    yield from trigger(action)
    yield lambda: docker().bench.run is not None
    yield from ended()
    return state()


def ended():
    """Wait until nothing is at work and everything that was to be inserted is."""
    run = docker().bench.run
    on_the_way = ("Done.", "Inserting.")
    yield lambda: not run.flow.busy and run.flow.message not in on_the_way
    return state()


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


def in_the_middle():
    """Wait until some steps of an edit are done, and others not; the daemon's name for it."""
    yield lambda: docker().bench.run and docker().bench.run.flow.fraction
    flow = docker().bench.run.flow
    assert flow.busy and flow.fraction < 1, flow
    return flow.job_id


def until_phase(phase):
    """Wait for a phase of the edit."""
    yield lambda: state()["phase"] == phase
    return state()


def until_preview():
    """Wait until a preview lies over the canvas."""
    yield lambda: state()["overlay"]
    return state()


def hover(index):
    """Point at a thumbnail."""
    gallery = docker().panel.gallery
    place = gallery.visualItemRect(gallery.item(index)).center()
    QTest.mouseMove(gallery.viewport(), QPoint(2, 2))
    yield
    event = QMouseEvent(QEvent.MouseMove, QPointF(place), Qt.NoButton, Qt.NoButton, Qt.NoModifier)
    QApplication.sendEvent(gallery.viewport(), event)
    yield lambda: state()["overlay"]


def pick(index):
    """Click a thumbnail and wait for its layer."""
    gallery = docker().panel.gallery
    place = gallery.visualItemRect(gallery.item(index)).center()
    QTest.mouseClick(gallery.viewport(), Qt.LeftButton, Qt.NoModifier, place)
    yield lambda: state()["message"].startswith("Insert")
    yield lambda: not state()["message"].startswith("Inserting")
    return state()


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


def is_docker():
    """Whether Krita made our docker."""
    return isinstance(docker(), Docker)


def clear_away():
    """Close every document without saving; one without a view would be one that was forgotten."""
    yield from settle()
    while Krita.instance().documents():
        names = [document.name() for document in Krita.instance().documents()]
        shown = Krita.instance().activeDocument()
        assert shown is not None, f"documents without a view: {names}"
        shown.setModified(False)
        Krita.instance().action("file_close").trigger()
        yield lambda names=names: len(Krita.instance().documents()) < len(names)
