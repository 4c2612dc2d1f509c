"""The dialog that asks what should be selected."""

from __future__ import annotations

from .automatic import automatic, chosen
from .offer import Offer
from .qt import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
    pyqtSignal,
)
from .question import Wish

MOST_GROW = 256
MOST_THINGS = 32
TITLES = {
    "point": "What I click at",
    "box": "What lies in the selection's box",
    "face": "Faces",
    "subject": "The main subject",
    "text": "What the words describe",
}
HINTS = {
    "point": "Press Select, then click on it in the picture, as often as it takes.",
    "box": "Draw a rectangle around it with any selection tool first.",
    "face": "Faces that look at the camera, more or less.",
    "subject": "What the picture is about.",
    "text": "A word or two, such as: the red car.",
}
NEEDS_MODEL = "This needs a model, and the daemon has none for it. Draw a box around it instead."
GET_IT = "Or get one with `sfumato models pull {}`, and start the daemon again."
MODELS = {"text": "owlv2", "subject": "birefnet"}
# What is pointed at is meant, however sure the daemon is of it.
SEARCHED = ("face", "subject", "text")


class SelectDialog(QDialog):
    """What to find, and what becomes of it. ``wanted`` gets a ``Wish``."""

    wanted = pyqtSignal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("sfumato_select_dialog")
        self.setWindowTitle("Sfumato: Select")
        self._findable: set[str] = set()
        self.what = QComboBox()
        for what, title in TITLES.items():
            self.what.addItem(title, what)
        self.text = QLineEdit()
        self.text.setPlaceholderText("the red car")
        self.grow = QSpinBox()
        self.grow.setRange(0, MOST_GROW)
        self.grow.setSuffix(" px")
        self.invert = QCheckBox("Everything else instead")
        self.confidence = automatic(QSpinBox(), -1, 100, " %")
        self.confidence.setToolTip("What is less sure is left out.")
        self.count = automatic(QSpinBox(), 0, MOST_THINGS)
        self.count.setToolTip("The surest of what was found.")
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.find = QPushButton("Select")
        self.find.setObjectName("sfumato_find_button")
        self.find.setDefault(True)
        self.dismiss = QPushButton("Close")
        self._lay_out()
        self.what.currentIndexChanged.connect(self._show_hint)
        self.find.clicked.connect(self._find)
        self.dismiss.clicked.connect(self.close)

    def open_for(self, offer: Offer | None) -> None:
        """Show it; what nobody at the daemon can find cannot be asked for."""
        self._findable = offer.findable if offer is not None else set()
        self._show_hint()
        self.show()
        self.raise_()

    def _show_hint(self, *_: object) -> None:
        what = self.what.currentData()
        ready = what in self._findable
        self.text.setEnabled(ready and what == "text")
        for narrowing in (self.count, self.confidence):
            narrowing.setEnabled(ready and what in SEARCHED)
        self.find.setEnabled(ready)
        self.sentence.setText(HINTS[what] if ready else _lacking(what))

    def _find(self) -> None:
        what = self.what.currentData()
        wish = Wish(what, self.text.text(), self.grow.value(), self.invert.isChecked())
        if what in SEARCHED:
            sure = chosen(self.confidence)
            confidence = sure / 100 if sure is not None else None
            wish = wish._replace(confidence=confidence, count=chosen(self.count))
        # Closed first: what is clicked next has the focus, and keeps it.
        self.close()
        self.wanted.emit(wish)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow("Find", self.what)
        form.addRow("Words", self.text)
        form.addRow("At most", self.count)
        form.addRow("At least sure", self.confidence)
        form.addRow("Grow", self.grow)
        form.addRow("", self.invert)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.dismiss)
        buttons.addWidget(self.find)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.sentence)
        column.addLayout(buttons)


def _lacking(what: str) -> str:
    return f"{NEEDS_MODEL} {GET_IT.format(MODELS[what])}" if what in MODELS else NEEDS_MODEL
