"""The docker: prompt, buttons, progress, results; one for each window."""

from __future__ import annotations

from krita import DockWidget

from sfumato_client import Operation, Sides

from .bench import Bench
from .flow import Flow
from .images import Seen
from .outpaint_dialog import OutpaintDialog
from .overlay import Overlay
from .panel import Panel
from .picker import Picker
from .presets import filled
from .qt import QScrollArea, Qt
from .question import Click, Wish
from .select_dialog import SelectDialog
from .settings import Settings
from .studio import studio
from .variation import Variation

NO_DOCUMENT = "Open a picture to begin."
NO_EDIT = "Select what should change."
CLICK = (
    "Click on what should be selected, and on more of it to add that. With Ctrl or Alt, click on "
    "what should not be. Escape ends it."
)


class Docker(DockWidget):
    """Follows the document of its window."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Sfumato")
        self._bench: Bench | None = None
        self._loading = False
        self.overlay = Overlay()
        self.panel = Panel(studio().connection)
        self.outpaint, self.select = OutpaintDialog(self), SelectDialog(self)
        self.picker, self._wish = Picker(), Wish("point")
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.panel)
        self.setWidget(scroll)
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
            if not self.panel.prompt.text.strip():
                self._say("Write what should be there, then press Generate.", failed=True)
                self.panel.prompt.edit.setFocus()
                return
            studio().remember(self.panel.prompt.text)
            self.panel.prompt.set_history(studio().history)
        self.picker.put_away()
        self._show(None)
        self._bench.begin(operation, on_top)

    def ask_to_extend(self) -> None:
        """Open the dialog that extends the canvas."""
        offer = studio().connection.offer
        if self._bench is not None and self._bench.size is not None:
            self.outpaint.open_for(self._bench.size, offer is not None and offer.can_generate)

    def ask_to_select(self) -> None:
        """Open the dialog that makes a selection."""
        if self._bench is not None:
            self.select.open_for(studio().connection.offer)

    @property
    def bench(self) -> Bench | None:
        """The bench of the document shown."""
        return self._bench

    def _connect(self) -> None:
        self.panel.prompt.changed.connect(self._edited)
        self.panel.prompt.submitted.connect(lambda: self.perform(Operation.OPERATION_GENERATE))
        self.panel.preset.currentIndexChanged.connect(self._preset_chosen)
        self.panel.strength.valueChanged.connect(self._edited)
        self.panel.enhance.toggled.connect(self._edited)
        self.panel.advanced.changed.connect(self._edited)
        self.panel.advanced.model.activated.connect(self._preset_chosen)
        self.panel.generate.clicked.connect(lambda: self.perform(Operation.OPERATION_GENERATE))
        self.panel.remove.clicked.connect(lambda: self.perform(Operation.OPERATION_REMOVE))
        self.panel.cancel.clicked.connect(lambda: self._bench and self._bench.cancel())
        self.panel.extend.clicked.connect(self.ask_to_extend)
        self.panel.select.clicked.connect(self.ask_to_select)
        self.outpaint.wanted.connect(self._extend)
        self.select.wanted.connect(self._select)
        self.picker.picked.connect(self._picked)
        self.picker.left.connect(self._refresh)
        self.panel.anyway.clicked.connect(self._insert_anyway)
        self.panel.gallery.compared.connect(self._show)
        self.panel.gallery.chosen.connect(self._choose)
        studio().connection.changed.connect(self._offered)
        self.panel.prompt.set_history(studio().history)
        self._offered()

    def _use(self, bench: Bench | None) -> None:
        if bench is self._bench:
            return
        if self._bench is not None:
            self._bench.changed.disconnect(self._refresh)
            self._bench.previewed.disconnect(self._previewed)
        self._bench = bench
        self._show(None)
        self.picker.put_away()
        if bench is not None:
            bench.changed.connect(self._refresh)
            bench.previewed.connect(self._previewed)
            self._load(bench.settings)
        self._refresh()

    def _load(self, settings: Settings) -> None:
        self._loading = True
        self.panel.load(settings)
        self._loading = False

    def _edited(self) -> None:
        self.panel.show_strength()
        if self._bench is not None and not self._loading:
            self._bench.settings = self.panel.stored(self._bench.settings)

    def _preset_chosen(self) -> None:
        """Show what the preset sets for the model; what the artist changes later stays."""
        offer, settings = studio().connection.offer, self.panel.stored(Settings())
        if self._loading or offer is None:
            return
        preset, model = offer.preset(settings.preset), offer.model(settings.model)
        self.panel.explain(preset)
        if preset is not None:
            self._load(filled(settings, preset, model))
        self._edited()

    def _offered(self) -> None:
        offer = studio().connection.offer
        self._loading = True
        self.panel.offer(offer)
        self._loading = False
        if self._bench is not None:
            self._load(self._bench.settings)
        self._refresh()

    def _refresh(self) -> None:
        """Show what the bench and the connection say now."""
        bench, offer, panel = self._bench, studio().connection.offer, self.panel
        flow = bench.run.flow if bench is not None and bench.run is not None else Flow()
        free = bench is not None and offer is not None and not flow.busy
        generating = offer is not None and offer.can_generate
        panel.generate.setEnabled(free and generating)
        panel.remove.setEnabled(free and offer.can_remove)
        panel.cancel.setEnabled(flow.busy)
        panel.extend.setEnabled(free and offer.can_remove)
        panel.select.setEnabled(free and bool(offer.findable))
        panel.strength.setEnabled(generating)
        panel.enhance.setEnabled(generating)
        panel.preset.setEnabled(offer is not None)
        panel.say(panel.lacks, offer.lacks if offer is not None else "")
        hint = NO_EDIT if bench is not None else NO_DOCUMENT
        if self.picker.isVisible() and not self.picker.clicks:
            self._say(CLICK)
        else:
            self._say(flow.message or hint, flow.failed)
        panel.say(panel.notices, "\n".join(dict.fromkeys(flow.notices)))
        panel.show_progress(flow.busy, flow.fraction)
        variations = bench.variations if bench is not None else []
        panel.gallery.setVisible(bool(variations) and not flow.busy)
        panel.gallery.show_variations(variations)
        panel.anyway.setVisible(bench is not None and bench.laying.waiting is not None)

    def _say(self, sentence: str, failed: bool = False) -> None:
        self.panel.say(self.panel.message, sentence)
        style = "color: #e08060" if failed else ""
        # Setting a style, even the same, has Qt work out the looks of the label anew.
        if self.panel.message.styleSheet() != style:
            self.panel.message.setStyleSheet(style)

    def _previewed(self, seen: Seen | None) -> None:
        if seen is None:
            self._show(None)
            return
        self.panel.show_preview(seen.image)
        if self._bench is not None and self._bench.settings.show_on_canvas:
            self.overlay.show_images(self._bench.name, seen.placed)

    def _show(self, variation: Variation | None) -> None:
        """Show a variation over the canvas, or the canvas as it is."""
        self.panel.show_preview(None)
        if self._bench is None or variation is None:
            self.overlay.show_images("", ())
            return
        shown = self._bench.on_canvas(variation.shown, variation.input)
        self.overlay.show_images(self._bench.name, shown)

    def _choose(self, variation: Variation) -> None:
        self._show(None)
        if self._bench is not None:
            self._bench.insert(variation)

    def _insert_anyway(self) -> None:
        waiting = self._bench.laying.waiting if self._bench is not None else None
        if waiting is not None:
            self._bench.insert(waiting, anyway=True)

    def _select(self, wish: Wish) -> None:
        if self._bench is None:
            return
        if wish.what != "point":
            self._bench.select(wish)
        elif self.picker.begin(self._bench.name):
            self._wish = wish
            self._refresh()

    def _picked(self, clicks: tuple[Click, ...]) -> None:
        if self._bench is not None:
            self._bench.select(self._wish._replace(clicks=clicks))

    def _extend(self, sides: Sides, prompt: str) -> None:
        if self._bench is not None:
            self._show(None)
            self._bench.extend(sides, prompt)
