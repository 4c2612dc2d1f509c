"""What an artist does with the docker and the actions."""

from krita import Krita
from PyQt5.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt5.QtGui import QMouseEvent
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import (
    QApplication,
    QMenu,
    QPlainTextEdit,
    QPushButton,
)

from sfumato.docker import Docker
from sfumato.studio import studio

from .desk import settle

ON_THE_WAY = ("Done.", "Inserting.")
_heard = []


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


def shown_setting(name):
    """A number under Advanced."""
    return getattr(docker().panel.advanced, name).value()


def inserted():
    """Wait until a result that waited is in the document."""
    yield lambda: state()["message"].startswith("Inserted")


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


def _history():
    return docker().panel.prompt.findChild(QMenu).actions()


def earlier_prompts():
    """The prompts that the arrow beside the text offers."""
    return [entry.text() for entry in _history()]


def take_earlier_prompt(index):
    """Choose one of them."""
    _history()[index].trigger()


def press_ctrl_return():
    """Send the prompt from the text field, and wait for the layer."""
    run = docker().bench.run
    QTest.keyClick(docker().panel.prompt.edit, Qt.Key_Return, Qt.ControlModifier)
    yield lambda: docker().bench.run is not run
    yield from ended()
    return state()


def settings(**values):
    """Set what is under Advanced."""
    advanced = docker().panel.advanced
    for name, value in values.items():
        widget = getattr(advanced, name)
        if hasattr(widget, "setValue"):
            widget.setValue(value)
        elif hasattr(widget, "setChecked"):
            widget.setChecked(value)
        elif hasattr(widget, "setText"):
            widget.setText(value)
        else:
            widget.setCurrentIndex(widget.findData(value))


def presets():
    """The names of the presets that can be chosen."""
    combo = docker().panel.preset
    return [combo.itemData(index) for index in range(combo.count())]


def preset_titles():
    """The presets that can be chosen, as they are read."""
    combo = docker().panel.preset
    return [combo.itemText(index) for index in range(combo.count())]


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


def change_strength(percent):
    """Move the strength's slider."""
    docker().panel.strength.setValue(percent)


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
    yield lambda: not run.flow.busy and run.flow.message not in ON_THE_WAY
    return state()


def all_ended():
    """Wait until that is so for every document that is open; what each was told last."""
    benches = [studio().bench(document) for document in Krita.instance().documents()]
    flows = lambda: [bench.run.flow for bench in benches if bench.run is not None]  # noqa: E731
    yield lambda: all(not flow.busy and flow.message not in ON_THE_WAY for flow in flows())
    return [bench.run.flow.message if bench.run is not None else "" for bench in benches]


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


def until_said(words):
    """Wait until the docker says so."""
    yield lambda: words in state()["message"]
    return state()


def listen():
    """Note from now on what the docker says about the edit at work."""
    _heard[:] = [state()["message"]]
    # The docker heard of it before, and has written it down.
    docker().bench.changed.connect(_hear)


def heard():
    """What it said since, each only once, in order."""
    docker().bench.changed.disconnect(_hear)
    return list(dict.fromkeys(_heard))


def _hear():
    _heard.append(state()["message"])


def until_preview():
    """Wait until a preview lies over the canvas."""
    yield lambda: state()["overlay"]
    return state()


def until_small_preview():
    """Wait until a preview is in the docker, and until one over the canvas would be there, too."""
    yield lambda: docker().panel.preview.isVisible()
    yield from settle()
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
