"""The dialog that asks how much canvas to add, and what should be there."""

from __future__ import annotations

from sfumato_client import Anchor, Extent, Growth, Refused, Sides, sides_for_aspect

from .prompt import PromptField
from .qt import (
    QComboBox,
    QDialog,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    Qt,
    QVBoxLayout,
    QWidget,
    pyqtSignal,
)

MOST = 65536
ASPECTS = ("", "1:1", "5:4", "4:3", "3:2", "16:9", "2:1", "4:5", "3:4", "2:3", "9:16")
# Where each field of ``Sides`` stands in the grid around the picture.
CELLS = {"left": (1, 0), "top": (0, 1), "right": (1, 2), "bottom": (2, 1)}


class OutpaintDialog(QDialog):
    """Sides in pixels, or an aspect that fills them in. ``wanted`` gets the sides and a prompt."""

    wanted = pyqtSignal(object, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("sfumato_outpaint_dialog")
        self.setWindowTitle("Sfumato: Extend the Canvas")
        self._picture = Extent(1, 1)
        self.sides = {name: _pixels() for name in Sides._fields}
        self.aspect = QComboBox()
        self.aspect.setEditable(True)
        self.aspect.addItems(ASPECTS)
        self.aspect.lineEdit().setPlaceholderText("as the sides say")
        self.anchor = QComboBox()
        for place in Anchor:
            self.anchor.addItem(place.name.replace("_", " ").capitalize(), place)
        self.prompt = PromptField()
        self.prompt.edit.setObjectName("sfumato_outpaint_prompt")
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.extend = QPushButton("Extend")
        self.extend.setObjectName("sfumato_extend_button")
        self.extend.setDefault(True)
        self.dismiss = QPushButton("Close")
        self._lay_out()
        for spin in self.sides.values():
            spin.valueChanged.connect(self._show_size)
        for combo in (self.aspect, self.anchor):
            combo.currentTextChanged.connect(self._take_aspect)
        self.prompt.submitted.connect(self._extend)
        self.extend.clicked.connect(self._extend)
        self.dismiss.clicked.connect(self.close)

    def open_for(self, picture: Extent, can_generate: bool) -> None:
        """Show it for a canvas of this size; without a model nothing can be asked for in words."""
        self._picture = picture
        self.prompt.setEnabled(can_generate)
        self.prompt.edit.setPlaceholderText(
            "What should be there? Left empty, the picture goes on."
            if can_generate
            else "The picture goes on. Painting something new there needs a model."
        )
        self._take_aspect()
        self._show_size()
        self.show()
        self.raise_()

    @property
    def _chosen(self) -> Sides:
        return Sides(**{name: spin.value() for name, spin in self.sides.items()})

    def _take_aspect(self, *_: object) -> None:
        width, _, height = self.aspect.currentText().partition(":")
        if not height:
            return
        try:
            wanted = float(width), float(height)
            found = sides_for_aspect(self._picture, *wanted, self.anchor.currentData())
        except (ValueError, Refused) as error:
            said = error.message if isinstance(error, Refused) else "Write an aspect as 16:9."
            self._say(said, False)
            return
        for name, pixels in found._asdict().items():
            self.sides[name].setValue(pixels)

    def _show_size(self, *_: object) -> None:
        try:
            canvas = Growth.of(self._picture, self._chosen).canvas
        except Refused as error:
            self._say(error.message, False)
            return
        before, after = (f"{size.width}x{size.height}" for size in (self._picture, canvas))
        self._say(f"From {before} to {after} pixels.", True)

    def _say(self, sentence: str, ready: bool) -> None:
        self.sentence.setText(sentence)
        self.extend.setEnabled(ready)

    def _extend(self) -> None:
        if self.extend.isEnabled():
            prompt = self.prompt.text if self.prompt.isEnabled() else ""
            self.wanted.emit(self._chosen, prompt)
            self.close()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        for name, (row, column) in CELLS.items():
            field = QVBoxLayout()
            field.setSpacing(2)
            field.addWidget(QLabel(name.capitalize()))
            field.addWidget(self.sides[name])
            grid.addLayout(field, row, column)
        picture = QLabel("the picture")
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        grid.addWidget(picture, 1, 1)
        aspect = QHBoxLayout()
        aspect.addWidget(self.aspect, 1)
        aspect.addWidget(QLabel("picture at"))
        aspect.addWidget(self.anchor, 1)
        form = QFormLayout()
        form.addRow("Aspect", aspect)
        form.addRow("Prompt", self.prompt)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.dismiss)
        buttons.addWidget(self.extend)
        column = QVBoxLayout(self)
        column.addLayout(grid)
        column.addLayout(form)
        column.addWidget(self.sentence)
        column.addLayout(buttons)


def _pixels() -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(0, MOST)
    spin.setSingleStep(64)
    spin.setSuffix(" px")
    return spin
