"""An artist's day with the plugin in a Krita of paper; what was seen, as JSON on the last line.

Arguments: a folder for pictures; the addresses and tokens of a daemon of paper that holds its
edits until it is told to go on, and of a real one.
"""

import json
import sys
import time
from pathlib import Path

from krita import Document, Krita, Selection, Window
from qt import QtCore, QtGui, QtTest, QtWidgets

application = QtWidgets.QApplication(sys.argv[:1])

# The plugin wants Qt at work, and adds its docker to Krita.
from sfumato.docker import CLICK  # noqa: E402
from sfumato.overlay import canvas_of  # noqa: E402

Qt, QTest = QtCore.Qt, QtTest.QTest
# Not Krita's own sRGB, so that pictures are read through Qt's images.
SPACE = ("RGBA", "U8", "sRGB built-in")
PATIENCE_S = 120
WIDTH, HEIGHT, SCALE = 160, 120, 3
SQUARE = (60, 40, 48, 40)
YELLOW = (230, 200, 40)


class Scenes:
    """The docker, what is asked of it, and what is seen."""

    def __init__(self, folder):
        self.folder = folder
        self.seen = {"qt": QtCore.QT_VERSION_STR.split(".")[0]}
        self.document = painted()
        krita, window = Krita.instance(), Window()
        krita.open.append(self.document)
        krita.window = window
        window.show(self.document, SCALE)
        [self.docker] = window.dockers()
        self.panel = self.docker.panel
        until(lambda: canvas_of(window) is not None)
        self.canvas = canvas_of(window)

    def join(self, address, token):
        """Enter a daemon as an artist does."""
        bar = self.panel.connection_bar
        bar.other.setChecked(True)
        bar.address.setText(address)
        bar.token.setText(token)
        click(bar.join)
        until(lambda: bar._connection.offer is not None)
        assert bar._connection.sentence.endswith(f"at {address}."), bar._connection.sentence

    def choose_settings(self):
        """What a preset fills in is shown, kept, and stays when the docker is filled again."""
        panel, advanced = self.panel, self.panel.advanced
        self.seen["models"] = texts(advanced.model)
        self.seen["presets"] = texts(panel.preset)[:3]
        panel.preset.setCurrentIndex(panel.preset.findData("replace"))
        click(panel.fold)
        advanced.context.setCurrentIndex(advanced.context.findData("margin"))
        advanced.variations.setValue(2)
        advanced.seed.setValue(11)
        click(advanced.fixed)
        settings = self.docker.bench.settings
        self.docker._load(settings)
        assert panel.stored(settings) == settings
        self.seen["settings"] = [settings.preset, settings.context, settings.variations]
        self.grab("advanced", self.docker)
        click(panel.fold)

    def write_and_submit(self):
        """Ctrl+Return belongs to the prompt, also before Krita looks for a shortcut of its own."""
        field = self.panel.prompt.edit
        field.setFocus()
        QTest.keyClicks(field, "a red jacket")
        asked = QtGui.QKeyEvent(
            QtCore.QEvent.Type.ShortcutOverride,
            Qt.Key.Key_Return,
            Qt.KeyboardModifier.ControlModifier,
        )
        asked.ignore()
        application.sendEvent(field, asked)
        self.seen["shortcut"] = asked.isAccepted()
        QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        self.seen["prompt"] = self.panel.prompt.text

    def watch_the_work(self):
        """Progress in the bar, a preview in the docker and over the canvas: then it may go on."""
        panel, overlay = self.panel, self.docker.overlay
        until(lambda: panel.progress.value() == 500 and panel.preview.isVisible())
        until(lambda: overlay.isVisible())
        self.seen["at work"] = {
            "message": panel.message.text(),
            "cancel": panel.cancel.isEnabled(),
            "generate": panel.generate.isEnabled(),
            "preview": not panel.preview.pixmap().isNull(),
        }
        self.grab("at-work", self.docker)
        # The overlay is as large as what it shows, with a pixel around.
        [part] = overlay._images
        shown = (QtCore.QRect(*(SCALE * n for n in part.bounds))).adjusted(-1, -1, 1, 1)
        self.seen["overlay in place"] = overlay.geometry() == shown & self.canvas.rect()
        self.seen["overlay paints"] = len(colors(self.grab("overlay", overlay))) > 20
        print("go on", flush=True)
        until(lambda: not self.docker.bench.busy)

    def choose_a_result(self):
        """Pointing shows it over the canvas, a click lays it into the document."""
        gallery, overlay = self.panel.gallery, self.docker.overlay
        until(lambda: gallery.isVisible() and gallery.count() == 2)
        self.seen["results"] = [gallery.item(row).text() for row in range(2)]
        self.grab("gallery", self.docker)
        place = gallery.visualItemRect(gallery.item(1)).center()
        QTest.mouseMove(gallery.viewport(), place)
        until(lambda: overlay.isVisible())
        over = self.grab("compared", overlay)
        self.seen["compared"] = over.pixelColor(over.rect().center()).getRgb()[:3]
        application.sendEvent(gallery, QtCore.QEvent(QtCore.QEvent.Type.Leave))
        until(lambda: not overlay.isVisible())
        button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QTest.mouseClick(gallery.viewport(), button, none, place)
        until(lambda: self.panel.message.text().startswith("Inserted"))
        layer = self.document.rootNode().childNodes()[-1]
        [mask] = layer.childNodes()
        middle = SQUARE[0] + SQUARE[2] // 2, SQUARE[1] + SQUARE[3] // 2, 1, 1
        self.seen["layer"] = [layer.name(), mask.name(), list(bytes(layer.pixelData(*middle)))]
        self.seen["covered"] = list(bytes(mask.selection().pixelData(*middle)))
        self.seen["kept"] = sorted(
            key.rpartition("/")[0] for key in self.document.annotationTypes()
        )

    def remove(self):
        """By a real daemon; the button is Krita's action, too."""
        self.document.setSelection(around_square(2))
        self.panel.advanced.variations.setValue(1)
        layers = len(self.document.rootNode().childNodes())
        Krita.instance().window.actions["sfumato_remove"].trigger()
        until(lambda: len(self.document.rootNode().childNodes()) > layers)
        until(lambda: self.panel.message.text().startswith("Inserted"))
        self.seen["removed"] = self.document.rootNode().childNodes()[-1].name()

    def extend(self):
        """The dialog counts as it is filled in."""
        click(self.panel.extend)
        dialog = self.docker.outpaint
        until(lambda: dialog.isVisible())
        dialog.aspect.setEditText("2:1")
        self.seen["extended"] = dialog.sentence.text()
        self.seen["sides"] = {name: spin.value() for name, spin in dialog.sides.items()}
        self.grab("outpaint", dialog)
        click(dialog.dismiss)
        assert not dialog.isVisible()

    def pick(self):
        """Clicks and clicks with Ctrl reach the picker, are marked and answered; Escape ends it."""
        click(self.panel.select)
        dialog, picker = self.docker.select, self.docker.picker
        until(lambda: dialog.isVisible() and dialog.find.isEnabled())
        self.grab("select", dialog)
        click(dialog.find)
        until(lambda: picker.isVisible() and self.panel.message.text() == CLICK)
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        inside = QtCore.QPoint(SCALE * (SQUARE[0] + 20), SCALE * (SQUARE[1] + 20))
        QTest.mouseClick(picker, left, none, inside)
        until(lambda: self.panel.message.text().startswith("Selected."))
        self.seen["selected"] = self.share_of_square()
        outside = QtCore.QPoint(SCALE * 10, SCALE * 10)
        for key in (Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier):
            QTest.mouseClick(picker, left, key, outside)
        self.seen["clicks"] = [list(clicked) for clicked in picker.clicks]
        marks = self.grab("picker", picker)
        # The middle of a mark is white, and so is what is above it where it is a plus.
        self.seen["marks"] = {
            name: [white(marks, at, up) for up in (0, 4)]
            for name, at in (("meant", inside), ("left out", outside))
        }
        until(lambda: not self.docker.bench.busy)
        QTest.keyClick(picker, Qt.Key.Key_Escape)
        until(lambda: not picker.isVisible())
        self.seen["left"] = picker.parentWidget() is None

    def share_of_square(self):
        """How much of the square is selected, and of the rest, in tenths."""
        chosen = bytes(self.document.selection().pixelData(0, 0, WIDTH, HEIGHT))
        inside = [value for at, value in enumerate(chosen) if in_square(at % WIDTH, at // WIDTH)]
        rest = [value for at, value in enumerate(chosen) if not in_square(at % WIDTH, at // WIDTH)]
        return [round(10 * sum(part) / 255 / len(part)) for part in (inside, rest)]

    def grab(self, name, widget):
        """A picture of a widget, as it paints itself."""
        application.processEvents()
        picture = widget.grab().toImage()
        assert picture.save(str(self.folder / f"{name}.png"))
        return picture


def painted():
    """A yellow square on blue, selected."""
    document = Document(WIDTH, HEIGHT, SPACE)
    yellow, blue = (bytes([*color[::-1], 255]) for color in (YELLOW, (60, 90, 200)))
    places = ((at % WIDTH, at // WIDTH) for at in range(WIDTH * HEIGHT))
    pixels = b"".join(yellow if in_square(x, y) else blue for x, y in places)
    document.activeNode().setPixelData(pixels, 0, 0, WIDTH, HEIGHT)
    document.setSelection(around_square(4))
    return document


def around_square(margin):
    """The square with some pixels around it."""
    selection, (left, top, width, height) = Selection(), SQUARE
    area = (left - margin, top - margin, width + 2 * margin, height + 2 * margin)
    selection.setPixelData(b"\xff" * (area[2] * area[3]), *area)
    return selection


def in_square(x, y):
    left, top, width, height = SQUARE
    return left <= x < left + width and top <= y < top + height


def until(condition):
    """Let Qt work until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, docker_says()
        application.processEvents(QtCore.QEventLoop.ProcessEventsFlag.AllEvents, 20)
        time.sleep(0.002)


def docker_says():
    return [docker.panel.message.text() for docker in Krita.instance().window.dockers()]


def click(button):
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def texts(combo):
    return [combo.itemText(index) for index in range(combo.count())]


def colors(picture):
    size = picture.size()
    return {
        picture.pixel(x, y) for x in range(0, size.width(), 3) for y in range(0, size.height(), 3)
    }


def white(picture, at, up):
    return picture.pixelColor(at.x() + SCALE // 2, at.y() + SCALE // 2 - up).lightness() > 250


def main(folder, paper, paper_token, real, real_token):
    scenes = Scenes(Path(folder))
    scenes.join(paper, paper_token)
    scenes.choose_settings()
    scenes.write_and_submit()
    scenes.watch_the_work()
    scenes.choose_a_result()
    scenes.join(real, real_token)
    scenes.remove()
    scenes.extend()
    scenes.pick()
    Krita.instance().notifier().applicationClosing.emit()
    print(json.dumps(scenes.seen))


main(*sys.argv[1:])
