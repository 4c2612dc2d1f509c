"""One document's workbench: its settings, the work that goes on, and the results so far."""

from __future__ import annotations

from collections.abc import Sequence

from krita import Document

from sfumato_client import (
    Bounds,
    Extent,
    Growth,
    Operation,
    Preview,
    Refused,
    Result,
    Sides,
    layer_name,
    recipe_title,
)

from . import document as documents
from . import images, insert
from .connection import Connection
from .images import Placed, Seen
from .laying import EDIT_KEY, SETTINGS_KEY, Laying
from .qt import QObject, pyqtSignal
from .question import Question, Wish
from .run import Input, Run
from .settings import Settings
from .turns import in_background
from .variation import Variation, variations_of

# So many results can still be inserted later.
KEPT = 12


class Bench(QObject):
    """What the docker shows for one document. ``run`` is its last work, at work or ended."""

    changed = pyqtSignal()
    previewed = pyqtSignal(object)

    def __init__(self, document: Document, connection: Connection, version: str) -> None:
        super().__init__()
        self.name = documents.identity(document)
        self.run: Run | Question | None = None
        self.variations: list[Variation] = []
        stored = bytes(document.annotation(SETTINGS_KEY)).decode("utf-8", errors="replace")
        self.settings = Settings.from_json(stored)
        self.laying = Laying(self.name, version)
        self.laying.told.connect(self._tell)
        self.laying.laid.connect(self._report)
        self._connection = connection
        self._last: Input | None = None
        self._extension = ""
        self._latest: Preview | Result | None = None
        self._count = sum(key.startswith(EDIT_KEY) for key in document.annotationTypes())

    @property
    def busy(self) -> bool:
        """Whether something is at work."""
        return self.run is not None and self.run.flow.busy

    @property
    def size(self) -> Extent | None:
        """The canvas of now; None once the document is closed."""
        document = documents.find(self.name)
        return Extent(document.width(), document.height()) if document is not None else None

    def begin(self, operation: Operation, on_top: bool = False) -> None:
        """Start an edit of the current selection.

        The layers that earlier edits of the very same selection made are not seen by it, so that
        a second try does not start from the first one's result; ``on_top`` sees them.
        """
        document = documents.find(self.name)
        if document is None or self.busy:
            return
        run = self._new_run(operation, self.settings)
        hidden = [] if on_top else self._own_layers(document)
        run.begin(document, hidden)

    def extend(self, sides: Sides, prompt: str) -> None:
        """Have more canvas painted on these sides: what the prompt says, or what goes on there.

        Raises ``Refused`` for sides that add nothing.
        """
        document, size = documents.find(self.name), self.size
        if document is None or size is None or self.busy:
            return
        growth = Growth.of(size, sides)
        self._extension = prompt
        asked = Operation.OPERATION_GENERATE if prompt.strip() else Operation.OPERATION_REMOVE
        self._new_run(asked, self.settings.extending(prompt)).extend(document, growth)

    def repeat(self) -> None:
        """The last edit again from the same input, with the settings of now."""
        if self._last is None or self.busy or documents.find(self.name) is None:
            return
        settings = self.settings
        if self._last.preparation.growth is not None:
            settings = settings.extending(self._extension)
        self._new_run(self._last.operation, settings).repeat(self._last)

    def select(self, wish: Wish) -> None:
        """Have something found; it becomes the selection. A question at work gives way to it."""
        if self.busy and isinstance(self.run, Question):
            self.run.cancel()
        document = documents.find(self.name)
        if document is None or self.busy:
            return
        question = Question(self._connection, wish)
        question.changed.connect(self.changed)
        self.run, self.laying.waiting = question, None
        question.begin(document)

    def cancel(self) -> None:
        """End what is at work."""
        if self.run is not None:
            self.run.cancel()

    def abandon(self, patience: float) -> None:
        """End what is at work and wait a moment, as Krita ends too."""
        if self.busy and self.run is not None:
            self.run.abandon(patience)

    def insert(self, variation: Variation, anyway: bool = False) -> None:
        """Lay a variation into the document, now or when the artist's hand is free."""
        self.laying.insert(variation, self.settings, anyway)

    def on_canvas(self, placed: Sequence[Placed], given: Input) -> list[Placed]:
        """Where pictures of an edit lie on the canvas of now, which may still have to grow."""
        growth = given.preparation.growth
        if growth is None or self.size == growth.canvas:
            return list(placed)
        left, top = growth.known.x, growth.known.y
        return [Placed(bounds.shifted(-left, -top), image) for bounds, image in placed]

    def reselect(self) -> None:
        """Select what the active Sfumato layer covers, or else what the last edit did."""
        document = documents.find(self.name)
        if document is None:
            return
        node = document.activeNode()
        masks = [node, *(node.childNodes() if node is not None else [])]
        for mask in masks:
            if mask is not None and mask.name() == insert.MASK_NAME:
                covered = mask.selection()
                bounds = Bounds(covered.x(), covered.y(), covered.width(), covered.height())
                coverage = bytes(covered.pixelData(*bounds))
                documents.select(document, [(bounds, coverage)])
                return
        if self.variations:
            pieces = self.variations[0].result.pieces
            documents.select(document, [(p.bounds, p.mask) for p in pieces])

    def _new_run(self, operation: Operation, settings: Settings) -> Run:
        run = Run(self._connection, operation, settings)
        run.changed.connect(self.changed)
        run.previewed.connect(lambda preview: self._preview(run, preview))
        run.finished.connect(lambda: self._finished(run))
        self.run, self.laying.waiting = run, None
        return run

    def _own_layers(self, document: Document) -> list[str]:
        try:
            return self.laying.layers_of(documents.read_selection(document))
        except Refused:
            return []

    def _preview(self, run: Run, told: Preview | Result) -> None:
        if run.input is None:
            return
        given, self._latest = run.input, told

        def picture() -> Seen | None:
            if isinstance(told, Result):
                return images.of_stage(told, given.regions)
            return images.of_preview(told, given.regions)

        def show(seen: Seen | None) -> None:
            if seen is not None and self._latest is told:
                self.previewed.emit(Seen(seen.image, self.on_canvas(seen.placed, given)))

        in_background(picture, show, _unexpected)

    def _finished(self, run: Run) -> None:
        self._latest = None
        self.previewed.emit(None)
        if not run.results or run.input is None or run.done is None:
            return
        self._last, done = run.input, run.done
        results, given = list(run.results), run.input
        offer = self._connection.offer
        recipe = recipe_title(offer.presets if offer is not None else (), done.resolved.preset)
        name = layer_name(
            done.resolved,
            self._count + 1,
            extended=given.preparation.growth is not None,
            recipe=recipe,
        )
        in_background(
            lambda: variations_of(results, given, done, name), self._pictured, self.laying.failed
        )

    def _pictured(self, made: list[Variation]) -> None:
        self._count += 1
        self.variations = [*made, *self.variations][:KEPT]
        if len(made) == 1:
            self.changed.emit()
            self.insert(made[0])
        else:
            self._tell("Point at a result to compare it; click to insert it.", True)

    def _report(self, variation: Variation, began: float) -> None:
        given = variation.input
        self._connection.report(given.job_id, given.stopwatch, began)

    def _tell(self, message: str, ready: bool) -> None:
        if self.run is not None and not self.run.flow.busy:
            flow = self.run.flow
            self.run.flow = flow.ready(message) if ready else flow.ended(message)
        self.changed.emit()


def _unexpected(error: Exception) -> None:
    raise error
