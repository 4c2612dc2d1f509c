"""What the docker is made of, and how it is laid out."""

from __future__ import annotations

from dataclasses import replace

from sfumato_client import Preset, preset_title

from .advanced import Advanced, choose
from .connection import Connection
from .connection_bar import ConnectionBar
from .gallery import Gallery
from .offer import Offer
from .presets import purpose
from .prompt import PromptField
from .qt import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QImage,
    QLabel,
    QPixmap,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSlider,
    Qt,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from .settings import Settings

PREVIEW_SIDE = 160


class Panel(QWidget):
    """The widgets, top to bottom; what they mean is the docker's business."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.prompt = PromptField()
        self._make_settings()
        self._make_buttons()
        self._make_news()
        self._make_advanced()
        self.connection_bar = ConnectionBar(connection)
        self._lay_out()

    def load(self, settings: Settings) -> None:
        """Show ``settings``."""
        self.prompt.set_text(settings.prompt)
        self.enhance.setChecked(settings.enhance)
        choose(self.preset, settings.preset)
        strength = 1.0 if settings.strength is None else settings.strength
        self.strength.setValue(round(strength * 100))
        self.advanced.load(settings)
        self.show_strength()

    def stored(self, settings: Settings) -> Settings:
        """``settings`` with what is shown."""
        return replace(
            self.advanced.stored(settings),
            prompt=self.prompt.text,
            enhance=self.enhance.isChecked(),
            preset=self.preset.currentData() or "",
            strength=self.strength.value() / 100,
        )

    def offer(self, offer: Offer | None) -> None:
        """Fill the lists of presets and models; without a model, by presets that need none."""
        self.preset.clear()
        self.preset.addItem("None", "")
        for preset in offer.usable_presets if offer is not None else ():
            self.preset.addItem(preset_title(preset), preset.name)
            last = self.preset.count() - 1
            self.preset.setItemData(last, purpose(preset), Qt.ItemDataRole.ToolTipRole)
        self.advanced.offer(offer)

    def explain(self, preset: Preset | None) -> None:
        """Say what a preset is for."""
        self.preset.setToolTip(purpose(preset) if preset is not None else "")

    def show_strength(self) -> None:
        """Show the strength as a number."""
        self.strength_label.setText(f"{self.strength.value()} %")

    def say(self, label: QLabel, sentence: str) -> None:
        """Show a sentence, or nothing of the label at all."""
        label.setText(sentence)
        label.setVisible(bool(sentence))

    def show_preview(self, image: QImage | None) -> None:
        """Show a preview, as large as the docker has room for."""
        self.preview.setVisible(image is not None)
        if image is not None:
            small = image.scaled(
                PREVIEW_SIDE,
                PREVIEW_SIDE,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            self.preview.setPixmap(QPixmap.fromImage(small))

    def show_progress(self, busy: bool, fraction: float | None) -> None:
        """Show how far the work is.

        Without a fraction the bar is empty: one that moves has Krita draw its window all the time.
        """
        # Qt draws a bar at once when its value changes, and Krita waits for that; not so this one.
        self.progress.setUpdatesEnabled(False)
        self.progress.setVisible(busy)
        self.progress.setValue(round(1000 * (fraction or 0)))
        self.progress.setUpdatesEnabled(True)

    def _make_settings(self) -> None:
        self.enhance = QCheckBox("Add words on light and style")
        self.enhance.setToolTip("They are taken from the picture, and shown when the edit begins")
        self.preset = QComboBox()
        self.strength = QSlider(Qt.Orientation.Horizontal)
        self.strength.setRange(5, 100)
        self.strength.setValue(100)
        self.strength_label = QLabel()
        width = self.strength_label.fontMetrics().horizontalAdvance("100 %")
        self.strength_label.setMinimumWidth(width + 4)

    def _make_buttons(self) -> None:
        self.generate = QPushButton("Generate")
        self.generate.setObjectName("sfumato_generate_button")
        self.remove = QPushButton("Remove")
        self.remove.setObjectName("sfumato_remove_button")
        self.remove.setToolTip("Take away what is selected and continue the surroundings")
        self.cancel = QPushButton("Cancel")
        self.cancel.setObjectName("sfumato_cancel_button")
        for button in (self.generate, self.remove, self.cancel):
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

        self.extend = QPushButton("Extend…")
        self.extend.setObjectName("sfumato_outpaint_button")
        self.extend.setToolTip("Add canvas around the picture and continue it there")
        self.select = QPushButton("Select…")
        self.select.setObjectName("sfumato_select_button")
        self.select.setToolTip("Select the subject, a face, or what lies in a box")
        for button in (self.extend, self.select):
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def _make_news(self) -> None:
        self.lacks, self.message, self.notices = _sentence(), _sentence(), _sentence()
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(8)
        self.preview = QLabel()
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.anyway = QPushButton("Insert anyway")
        self.anyway.setObjectName("sfumato_anyway_button")
        self.gallery = Gallery()

    def _make_advanced(self) -> None:
        self.fold = QToolButton()
        self.fold.setText("Advanced")
        self.fold.setCheckable(True)
        self.fold.setAutoRaise(True)
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.advanced = Advanced()
        self.fold.toggled.connect(self._unfold)
        self._unfold(False)

    def _unfold(self, opened: bool) -> None:
        self.fold.setArrowType(Qt.ArrowType.DownArrow if opened else Qt.ArrowType.RightArrow)
        self.advanced.setVisible(opened)

    def _lay_out(self) -> None:
        strength = QHBoxLayout()
        strength.addWidget(self.strength)
        strength.addWidget(self.strength_label)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("Preset", self.preset)
        form.addRow("Strength", strength)
        buttons = QHBoxLayout()
        for button in (self.generate, self.remove, self.cancel):
            buttons.addWidget(button)
        more = QHBoxLayout()
        for button in (self.extend, self.select):
            more.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(6)
        column.addWidget(self.prompt)
        column.addWidget(self.enhance)
        column.addLayout(form)
        column.addLayout(buttons)
        column.addLayout(more)
        for widget in (
            self.lacks,
            self.message,
            self.progress,
            self.notices,
            self.preview,
            self.anyway,
            self.gallery,
            self.fold,
            self.advanced,
        ):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(self.connection_bar)


def _sentence() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setVisible(False)
    return label
