"""The settings that are folded away: model, steps, seed, softness, source."""

from __future__ import annotations

from dataclasses import replace

from .automatic import automatic, chosen, show
from .offer import Offer
from .qt import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QWidget,
    pyqtSignal,
)
from .settings import MARGINS, Settings

SOURCE_TITLES = {
    "all": "All visible",
    "below": "Active layer and below",
    "group": "Active group",
}
CONTEXT_TITLES = {
    "auto": "Automatic",
    "double": "Double (detail)",
    "margin": "Margin of",
    "whole": "Whole picture",
}
BEGIN_TITLES = {
    "": "Automatic",
    "original": "The picture",
    "blur": "The picture, blurred",
    "fill": "A fill",
    "noise": "Noise",
}
LARGEST_SEED = 2**31 - 1


class Advanced(QWidget):
    """A form over a part of ``Settings``."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sfumato_advanced")
        self._loading = False
        self.model = QComboBox()
        self.model.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.negative = QLineEdit()
        self.negative.setPlaceholderText("What should not be there")
        self.steps = automatic(QSpinBox(), 0, 150)
        self.guidance = automatic(QDoubleSpinBox(), -0.5, 50)
        self.guidance.setSingleStep(0.5)
        self.guidance.setDecimals(1)
        self.fixed = QCheckBox("fixed")
        self.seed = QSpinBox()
        self.seed.setRange(0, LARGEST_SEED)
        self.seed.setEnabled(False)
        self.fixed.toggled.connect(self.seed.setEnabled)
        self.begin_with = _choices(BEGIN_TITLES)
        self.feather = automatic(QSpinBox(), -1, 512, " px")
        self.grow = automatic(QSpinBox(), -1, 256, " px")
        self.context = _choices(CONTEXT_TITLES)
        self.margin = QSpinBox()
        self.margin.setRange(*MARGINS)
        self.margin.setSuffix(" px")
        self.margin.setEnabled(False)
        self.variations = QSpinBox()
        self.variations.setRange(1, 8)
        self.source = _choices(SOURCE_TITLES)
        self.on_canvas = QCheckBox("Show previews on the canvas")
        self._lay_out()
        self._connect()

    def load(self, settings: Settings) -> None:
        """Show ``settings``."""
        self._loading = True
        choose(self.model, settings.model)
        self.negative.setText(settings.negative_prompt)
        show(self.steps, settings.steps)
        show(self.guidance, settings.guidance)
        self.fixed.setChecked(settings.seed is not None)
        self.seed.setValue(settings.seed or 0)
        self.begin_with.setCurrentIndex(self.begin_with.findData(settings.begin_with))
        show(self.feather, settings.feather)
        show(self.grow, settings.grow)
        self.context.setCurrentIndex(self.context.findData(settings.context))
        self.margin.setValue(settings.margin)
        self.margin.setEnabled(settings.context == "margin")
        self.variations.setValue(settings.variations)
        self.source.setCurrentIndex(self.source.findData(settings.source))
        self.on_canvas.setChecked(settings.show_on_canvas)
        self._loading = False

    def stored(self, settings: Settings) -> Settings:
        """``settings`` with what the form shows."""
        return replace(
            settings,
            model=self.model.currentData() or "",
            negative_prompt=self.negative.text(),
            steps=chosen(self.steps),
            guidance=chosen(self.guidance),
            seed=self.seed.value() if self.fixed.isChecked() else None,
            begin_with=self.begin_with.currentData(),
            feather=chosen(self.feather),
            grow=chosen(self.grow),
            context=self.context.currentData(),
            margin=self.margin.value(),
            variations=self.variations.value(),
            source=self.source.currentData(),
            show_on_canvas=self.on_canvas.isChecked(),
        )

    def offer(self, offer: Offer | None) -> None:
        """Fill the list of models and enable what they can use."""
        self._loading = True
        self.model.clear()
        self.model.addItem("Default" if offer is not None and offer.models else "None", "")
        for model in offer.models if offer is not None else ():
            self.model.addItem(model.title or model.name, model.name)
        generating = offer is not None and offer.can_generate
        for widget in (self.model, self.negative, self.steps, self.guidance, self.begin_with):
            widget.setEnabled(generating)
        self._loading = False

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(4)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for field in (
            self.model,
            self.steps,
            self.guidance,
            self.begin_with,
            self.feather,
            self.grow,
            self.variations,
            self.source,
        ):
            field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        form.addRow("Model", self.model)
        form.addRow("Avoid", self.negative)
        form.addRow("Steps", self.steps)
        form.addRow("Guidance", self.guidance)
        form.addRow("Seed", _row(self.seed, self.fixed))
        form.addRow("Begin with", self.begin_with)
        form.addRow("Feather", self.feather)
        form.addRow("Grow", self.grow)
        form.addRow("Context", _row(self.context, self.margin))
        form.addRow("Variations", self.variations)
        form.addRow("Source", self.source)
        form.addRow("", self.on_canvas)

    def _connect(self) -> None:
        self.negative.textChanged.connect(self._edited)
        for box in (self.fixed, self.on_canvas):
            box.toggled.connect(self._edited)
        for combo in (self.model, self.begin_with, self.context, self.source):
            combo.currentIndexChanged.connect(self._edited)
        for spin in (
            self.steps,
            self.guidance,
            self.seed,
            self.feather,
            self.grow,
            self.margin,
            self.variations,
        ):
            spin.valueChanged.connect(self._edited)

    def _edited(self, *_: object) -> None:
        self.margin.setEnabled(self.context.currentData() == "margin")
        if not self._loading:
            self.changed.emit()


def choose(combo: QComboBox, name: str) -> None:
    """Choose an entry, also one that the daemon does not have now, so that it is not forgotten."""
    if combo.findData(name) < 0:
        combo.addItem(name, name)
    combo.setCurrentIndex(combo.findData(name))


def _choices(titles: dict[str, str]) -> QComboBox:
    combo = QComboBox()
    for key, title in titles.items():
        combo.addItem(title, key)
    return combo


def _row(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        row.addWidget(widget)
    widgets[0].setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return holder
