"""What the docker is made of, and how it is laid out."""

from __future__ import annotations

from .advanced import Advanced
from .connection import Connection
from .connection_bar import ConnectionBar
from .gallery import Gallery
from .prompt import PromptField
from .qt import (
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
        """Show how far the work is; without a fraction, that something is going on."""
        self.progress.setVisible(busy)
        self.progress.setRange(0, 1000 if fraction is not None else 0)
        self.progress.setValue(round(1000 * (fraction or 0)))

    def _make_settings(self) -> None:
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

    def _make_news(self) -> None:
        self.lacks, self.message, self.notices = _sentence(), _sentence(), _sentence()
        self.progress = QProgressBar()
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
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(6)
        column.addWidget(self.prompt)
        column.addLayout(form)
        column.addLayout(buttons)
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
