"""The docker: prompt, buttons, progress, results; one for each window."""

from __future__ import annotations

from dataclasses import replace

from krita import DockWidget

from sfumato_client import Operation

from .advanced import Advanced
from .bench import Bench, Variation
from .connection_bar import ConnectionBar
from .flow import Flow, Phase
from .gallery import Gallery
from .images import Placed
from .overlay import Overlay
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
    QScrollArea,
    QSizePolicy,
    QSlider,
    Qt,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from .settings import Settings
from .studio import studio

PREVIEW_SIDE = 160
NO_DOCUMENT = "Open a picture to begin."
NO_EDIT = "Select what should change."


class Docker(DockWidget):
    """Follows the document of its window."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Sfumato")
        self._bench: Bench | None = None
        self._loading = False
        self._held: Variation | None = None
        self.overlay = Overlay()
        self._make_widgets()
        self._lay_out()
        self._connect()
        studio().connection.look()
        self._refresh()

    def canvasChanged(self, canvas: object) -> None:  # noqa: N802
        """Krita shows another view, or none."""
        view = canvas.view() if canvas is not None else None
        self._use(studio().bench(view.document() if view is not None else None))

    def perform(self, operation: Operation, on_top: bool = False) -> None:
        """Generate or remove, as if the button were pressed."""
        if self._bench is None or self._bench.busy:
            return
        offer = studio().connection.offer
        if operation == Operation.OPERATION_GENERATE:
            if offer is None or not offer.can_generate:
                self._refresh()
                return
            if not self.prompt.text.strip():
                self._say("Write what should be there, then press Generate.", failed=True)
                self.prompt.edit.setFocus()
                return
            studio().remember(self.prompt.text)
            self.prompt.set_history(studio().history)
        self._show(None)
        self._bench.begin(operation, on_top)

    @property
    def bench(self) -> Bench | None:
        """The bench of the document shown."""
        return self._bench

    def _make_widgets(self) -> None:
        self.prompt = PromptField()
        self.preset = QComboBox()
        self.preset.setObjectName("sfumato_preset")
        self.strength = QSlider(Qt.Orientation.Horizontal)
        self.strength.setRange(5, 100)
        self.strength.setValue(100)
        self.strength_label = QLabel()
        width = self.strength_label.fontMetrics().horizontalAdvance("100 %")
        self.strength_label.setMinimumWidth(width + 4)
        self.generate = QPushButton("Generate")
        self.generate.setObjectName("sfumato_generate_button")
        self.remove = QPushButton("Remove")
        self.remove.setObjectName("sfumato_remove_button")
        self.remove.setToolTip("Take away what is selected and continue the surroundings")
        self.cancel = QPushButton("Cancel")
        self.cancel.setObjectName("sfumato_cancel_button")
        self.message = _sentence("sfumato_message")
        self.notices = _sentence("sfumato_notices")
        self.lacks = _sentence("sfumato_lacks")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(8)
        self.preview = QLabel()
        self.preview.setObjectName("sfumato_preview")
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.anyway = QPushButton("Insert anyway")
        self.anyway.setObjectName("sfumato_anyway_button")
        self.gallery = Gallery()
        self.fold = QToolButton()
        self.fold.setText("Advanced")
        self.fold.setCheckable(True)
        self.fold.setAutoRaise(True)
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setArrowType(Qt.ArrowType.RightArrow)
        self.advanced = Advanced()
        self.advanced.setVisible(False)
        self.connection_bar = ConnectionBar(studio().connection)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("Preset", self.preset)
        strength = QHBoxLayout()
        strength.addWidget(self.strength)
        strength.addWidget(self.strength_label)
        form.addRow("Strength", strength)
        buttons = QHBoxLayout()
        for button in (self.generate, self.remove, self.cancel):
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            buttons.addWidget(button)
        content = QWidget()
        column = QVBoxLayout(content)
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
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        self.setWidget(scroll)

    def _connect(self) -> None:
        self.prompt.changed.connect(self._edited)
        self.prompt.submitted.connect(lambda: self.perform(Operation.OPERATION_GENERATE))
        self.preset.currentIndexChanged.connect(self._preset_chosen)
        self.strength.valueChanged.connect(self._edited)
        self.advanced.changed.connect(self._edited)
        self.generate.clicked.connect(lambda: self.perform(Operation.OPERATION_GENERATE))
        self.remove.clicked.connect(lambda: self.perform(Operation.OPERATION_REMOVE))
        self.cancel.clicked.connect(lambda: self._bench and self._bench.cancel())
        self.anyway.clicked.connect(self._insert_anyway)
        self.gallery.compared.connect(self._compare)
        self.gallery.chosen.connect(self._choose)
        self.fold.toggled.connect(self._unfold)
        studio().connection.changed.connect(self._offered)
        self.prompt.set_history(studio().history)
        self._offered()

    def _use(self, bench: Bench | None) -> None:
        if bench is self._bench:
            return
        if self._bench is not None:
            self._bench.changed.disconnect(self._refresh)
            self._bench.previewed.disconnect(self._previewed)
        self._bench = bench
        self._show(None)
        if bench is not None:
            bench.changed.connect(self._refresh)
            bench.previewed.connect(self._previewed)
            self._load(bench.settings)
        self._refresh()

    def _load(self, settings: Settings) -> None:
        self._loading = True
        self.prompt.set_text(settings.prompt)
        self.preset.setCurrentIndex(max(0, self.preset.findData(settings.preset)))
        if settings.strength is not None:
            self.strength.setValue(round(settings.strength * 100))
        self.advanced.load(settings)
        self._loading = False
        self._show_strength()

    def _edited(self) -> None:
        self._show_strength()
        if self._bench is None or self._loading:
            return
        settings = replace(
            self.advanced.stored(self._bench.settings),
            prompt=self.prompt.text,
            preset=self.preset.currentData() or "",
            strength=self.strength.value() / 100,
        )
        self._bench.settings = settings

    def _preset_chosen(self) -> None:
        name, offer = self.preset.currentData(), studio().connection.offer
        for preset in offer.presets if offer is not None and not self._loading else ():
            if preset.name == name and preset.parameters.HasField("strength"):
                self.strength.setValue(round(preset.parameters.strength * 100))
        self._edited()

    def _show_strength(self) -> None:
        self.strength_label.setText(f"{self.strength.value()} %")

    def _unfold(self, opened: bool) -> None:
        self.fold.setArrowType(Qt.ArrowType.DownArrow if opened else Qt.ArrowType.RightArrow)
        self.advanced.setVisible(opened)

    def _offered(self) -> None:
        offer = studio().connection.offer
        self._loading = True
        self.preset.clear()
        self.preset.addItem("None", "")
        for preset in offer.presets if offer is not None else ():
            self.preset.addItem(preset.title or preset.name, preset.name)
        self._loading = False
        self.advanced.offer(offer)
        if self._bench is not None:
            self._load(self._bench.settings)
        self._refresh()

    def _refresh(self) -> None:
        """Show what the bench and the connection say now."""
        bench, offer = self._bench, studio().connection.offer
        flow = bench.run.flow if bench is not None and bench.run is not None else Flow()
        free = bench is not None and offer is not None and not flow.busy
        self.generate.setEnabled(free and offer.can_generate)
        self.remove.setEnabled(free and offer.can_remove)
        self.cancel.setEnabled(flow.busy)
        generating = offer is not None and offer.can_generate
        self.generate.setToolTip("" if generating or offer is None else offer.lacks)
        for widget in (self.preset, self.strength):
            widget.setEnabled(generating)
        _say(self.lacks, offer.lacks if offer is not None else "")
        self._say(flow.message or (NO_EDIT if bench is not None else NO_DOCUMENT), flow.failed)
        _say(self.notices, "\n".join(dict.fromkeys(flow.notices)))
        self.progress.setVisible(flow.busy)
        self.progress.setRange(0, 1000 if flow.fraction is not None else 0)
        self.progress.setValue(round(1000 * (flow.fraction or 0)))
        variations = bench.variations if bench is not None else []
        self.gallery.setVisible(bool(variations) and not flow.busy)
        self.gallery.show_variations(variations)
        self.anyway.setVisible(flow.phase is Phase.READY and len(variations) == 1)

    def _say(self, sentence: str, failed: bool = False) -> None:
        _say(self.message, sentence)
        self.message.setStyleSheet("color: #e08060" if failed else "")

    def _previewed(self, seen: tuple[QImage, Placed] | None) -> None:
        if seen is None:
            self._show(None)
            return
        image, placed = seen
        small = image.scaled(
            PREVIEW_SIDE,
            PREVIEW_SIDE,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        self.preview.setPixmap(QPixmap.fromImage(small))
        self.preview.setVisible(True)
        if self._bench is not None and self._bench.settings.show_on_canvas:
            self.overlay.show_images(self._bench.name, [placed])

    def _show(self, variation: Variation | None) -> None:
        """Show a variation over the canvas, or the canvas as it is."""
        self.preview.setVisible(False)
        name = self._bench.name if self._bench is not None else ""
        self.overlay.show_images(name, variation.shown if variation is not None else ())

    def _compare(self, variation: Variation | None) -> None:
        self._show(variation)

    def _choose(self, variation: Variation) -> None:
        self._show(None)
        if self._bench is not None:
            self._held = variation
            self._bench.insert(variation)

    def _insert_anyway(self) -> None:
        bench = self._bench
        if bench is not None and bench.variations:
            bench.insert(self._held or bench.variations[0], anyway=True)


def _sentence(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setVisible(False)
    return label


def _say(label: QLabel, sentence: str) -> None:
    label.setText(sentence)
    label.setVisible(bool(sentence))
