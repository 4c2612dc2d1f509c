"""One document's workbench: its settings, the edit at work, and the results so far."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from krita import Document

from sfumato_client import (
    Bounds,
    Operation,
    Preview,
    Refused,
    SfumatoError,
    layer_name,
    record,
)

from . import document as documents
from . import images, insert, pixels, wording
from .connection import Connection
from .document import Drawn
from .pixels import Patch
from .qt import QApplication, QObject, Qt, QTimer, pyqtSignal
from .run import Input, Run
from .settings import Settings
from .turns import in_background, in_turns
from .variation import Variation, variations_of

SETTINGS_KEY = "sfumato/settings"
EDIT_KEY = "sfumato/edit/"
# So many results can still be inserted later.
KEPT = 12
HAND_MS = 50


class Bench(QObject):
    """What the docker shows for one document."""

    changed = pyqtSignal()
    previewed = pyqtSignal(object)

    def __init__(self, document: Document, connection: Connection, version: str) -> None:
        super().__init__()
        self.name = documents.identity(document)
        self.run: Run | None = None
        self.variations: list[Variation] = []
        self.waiting: Variation | None = None
        stored = bytes(document.annotation(SETTINGS_KEY)).decode("utf-8", errors="replace")
        self.settings = Settings.from_json(stored)
        self._connection = connection
        self._version = version
        self._last: Input | None = None
        self._laid: list[tuple[Drawn, str]] = []
        self._count = sum(key.startswith(EDIT_KEY) for key in document.annotationTypes())

    @property
    def busy(self) -> bool:
        """Whether an edit is at work."""
        return self.run is not None and self.run.flow.busy

    @property
    def can_repeat(self) -> bool:
        """Whether there is an edit to repeat."""
        return self._last is not None and not self.busy

    def begin(self, operation: Operation, on_top: bool = False) -> None:
        """Start an edit of the current selection.

        The layers that earlier edits of the very same selection made are not seen by it, so that
        a second try does not start from the first one's result; ``on_top`` sees them.
        """
        document = documents.find(self.name)
        if document is None or self.busy:
            return
        run = self._new_run(operation)
        hidden = [] if on_top else self._own_layers(document)
        run.begin(document, hidden)

    def repeat(self) -> None:
        """The last edit again from the same input, with the settings of now."""
        if self._last is None or self.busy or documents.find(self.name) is None:
            return
        self._new_run(self._last.operation).repeat(self._last)

    def cancel(self) -> None:
        """End the edit at work."""
        if self.run is not None:
            self.run.cancel()

    def abandon(self, patience: float) -> None:
        """End the edit at work and wait a moment, as Krita ends too."""
        if self.busy and self.run is not None:
            self.run.abandon(patience)

    def insert(self, variation: Variation, anyway: bool = False) -> None:
        """Lay a variation into the document as soon as the artist's hand is free.

        If the canvas is not what it was, it becomes ``waiting``, unless ``anyway``.
        """
        document = documents.find(self.name)
        if document is None:
            return
        given = variation.input
        reason = "" if anyway else insert.obstacle(document, given.asked.shape, given.asked.spot)
        self.waiting = variation if reason else None
        if reason:
            self._tell(reason)
            return
        self._tell("Inserting.", ready=False)
        pieces = variation.result.pieces
        cores = [place.core for place in given.preparation.places]
        in_background(
            lambda: [pixels.to_patch(p, c) for p, c in zip(pieces, cores, strict=True)],
            lambda patches: self._lay_when_free(variation, patches, anyway),
            self._insert_failed,
        )

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

    def _new_run(self, operation: Operation) -> Run:
        run = Run(self._connection, operation, self.settings)
        run.changed.connect(self.changed)
        run.previewed.connect(self._preview)
        run.finished.connect(self._finished)
        self.run, self.waiting = run, None
        return run

    def _own_layers(self, document: Document) -> list[str]:
        try:
            now = documents.read_selection(document)
        except Refused:
            return []
        return [layer for drawn, layer in self._laid if drawn == now]

    def _preview(self, preview: Preview) -> None:
        if self.run is not None and self.run.input is not None:
            self.previewed.emit(images.of_preview(preview, self.run.input.regions))

    def _finished(self) -> None:
        run = self.run
        self.previewed.emit(None)
        if run is None or not run.results or run.input is None or run.done is None:
            return
        self._last, done = run.input, run.done
        results, given = list(run.results), run.input
        number = self._count + 1

        in_background(
            lambda: variations_of(results, given, done, number), self._pictured, self._insert_failed
        )

    def _pictured(self, made: list[Variation]) -> None:
        self._count += 1
        self.variations = [*made, *self.variations][:KEPT]
        if len(made) == 1:
            self.changed.emit()
            self.insert(made[0])
        else:
            self._tell("Point at a result to compare it; click to insert it.")

    def _lay_when_free(self, variation: Variation, patches: list[Patch], anyway: bool) -> None:
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            QTimer.singleShot(HAND_MS, lambda: self._lay_when_free(variation, patches, anyway))
            return
        document = documents.find(self.name)
        if document is None:
            return
        spot = variation.input.asked.spot
        if not insert.holds(document, spot):
            spot = insert.on_top(document)
        named = layer_name(variation.done.resolved, variation.number)
        name = wording.unique(named, insert.names(document))
        in_turns(
            self._guarded(insert.insert(document, spot, name, patches)),
            lambda layer: self._laid_down(variation, layer),
            self._insert_failed,
        )

    def _guarded(self, steps: Iterator[str]) -> Iterator[str]:
        """The same steps as long as the document is open."""
        for step in steps:
            yield step
            if documents.find(self.name) is None:
                return

    def _laid_down(self, variation: Variation, layer: str) -> None:
        document = documents.find(self.name)
        if document is None or not layer:
            return
        self._laid.append((variation.input.asked.drawn, layer))
        document.setAnnotation(SETTINGS_KEY, "Sfumato", self.settings.to_json().encode())
        bounds = variation.result.pieces[0].bounds
        for piece in variation.result.pieces[1:]:
            bounds = bounds.union(piece.bounds)
        edit = record(
            variation.input.job_id,
            variation.done,
            variation.result.seed,
            bounds,
            f"krita {self._version}",
        )
        document.setAnnotation(EDIT_KEY + layer, "Sfumato", edit)
        self._tell("Inserted. One undo removes it.", ready=False)

    def _insert_failed(self, error: Exception) -> None:
        if isinstance(error, SfumatoError):
            self._tell(error.message)
            return
        traceback.print_exception(error)
        self._tell(f"The result could not be inserted: {error}.")

    def _tell(self, message: str, ready: bool = True) -> None:
        if self.run is not None and not self.run.flow.busy:
            flow = self.run.flow
            self.run.flow = flow.ready(message) if ready else flow.ended(message)
        self.changed.emit()
