"""Laying results into a document as soon as that disturbs nobody."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial, reduce

from krita import Document

from sfumato_client import Bounds, Extent, SfumatoError, record, unique_name

from . import document as documents
from . import insert, pixels
from .canvas import Canvas
from .document import Drawn
from .pixels import Patch
from .qt import QApplication, QObject, Qt, QTimer, pyqtSignal
from .settings import Settings
from .turns import in_background, in_turns
from .variation import Variation

SETTINGS_KEY = "sfumato/settings"
EDIT_KEY = "sfumato/edit/"
HAND_MS = 50
INSERTED = "Inserted. One undo removes it."
EXTENDED = "Inserted. Two undos remove it: the layer, and the canvas that grew for it."


class Laying(QObject):
    """Lays variations into one document. ``told`` has a sentence, and whether the artist must act.

    ``laid`` has the variation that is in the document now, and when its laying down began
    (``time.monotonic``). ``waiting`` is the variation that the artist has to let in, if any.
    """

    told = pyqtSignal(str, bool)
    laid = pyqtSignal(object, float)

    def __init__(self, name: str, version: str) -> None:
        super().__init__()
        self.waiting: Variation | None = None
        self._name = name
        self._version = version
        self._canvas = Canvas(name)
        self._laid: list[tuple[Drawn | None, str]] = []

    def layers_of(self, drawn: Drawn) -> list[str]:
        """The unique ids of the layers that edits of the very same selection made."""
        return [layer for earlier, layer in self._laid if earlier == drawn]

    def insert(self, variation: Variation, settings: Settings, anyway: bool = False) -> None:
        """Lay a variation into the document as soon as the artist's hand is free.

        If the canvas is not what it was, it becomes ``waiting``, unless ``anyway``.
        """
        document = documents.find(self._name)
        if document is None:
            return
        given = variation.input
        growth = given.preparation.growth
        reason = "" if anyway else insert.obstacle(document, given.asked, growth)
        self.waiting = variation if reason else None
        if reason:
            self.told.emit(reason, True)
            return
        self.told.emit("Inserting.", False)
        began = time.monotonic()
        pieces = variation.result.pieces
        cores = [place.core for place in given.preparation.places]
        in_background(
            lambda: [pixels.to_patch(p, c) for p, c in zip(pieces, cores, strict=True)],
            lambda patches: self._lay_when_free(variation, settings, patches, began),
            self.failed,
        )

    def failed(self, error: Exception) -> None:
        """Say why there is no layer."""
        if isinstance(error, SfumatoError):
            self.told.emit(error.message, True)
            return
        traceback.print_exception(error)
        self.told.emit(f"The result could not be inserted: {error}.", True)

    def _lay_when_free(
        self, variation: Variation, settings: Settings, patches: list[Patch], began: float
    ) -> None:
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            again = partial(self._lay_when_free, variation, settings, patches, began)
            QTimer.singleShot(HAND_MS, again)
            return
        document = documents.find(self._name)
        if document is None:
            return
        given = variation.input
        spot = given.asked.spot
        if not insert.holds(document, spot):
            spot = insert.on_top(document)
        name = unique_name(variation.name, insert.names(document))
        steps = insert.insert(document, spot, name, patches, self._grow(document, variation))
        in_turns(
            self._guarded(steps),
            lambda layer: self._laid_down(variation, settings, layer, began),
            self.failed,
        )

    def _grow(self, document: Document, variation: Variation) -> Callable[[], None]:
        """What has to be done to the canvas; an earlier variation may have made it grow."""
        growth = variation.input.preparation.growth
        size = Extent(document.width(), document.height())
        if growth is None or size != growth.known.extent:
            return lambda: None
        return partial(self._canvas.grow, document, growth)

    def _guarded(self, steps: Iterator[str]) -> Iterator[str]:
        """The same steps as long as the document is open."""
        for step in steps:
            yield step
            if documents.find(self._name) is None:
                return

    def _laid_down(
        self, variation: Variation, settings: Settings, layer: str, began: float
    ) -> None:
        document = documents.find(self._name)
        if document is None or not layer:
            return
        given = variation.input
        self._laid.append((given.asked.drawn, layer))
        document.setAnnotation(SETTINGS_KEY, "Sfumato", settings.to_json().encode())
        bounds = reduce(Bounds.union, (piece.bounds for piece in variation.result.pieces))
        seed, client = variation.result.seed, f"krita {self._version}"
        edit = record(given.job_id, variation.done, seed, bounds, client)
        document.setAnnotation(EDIT_KEY + layer, "Sfumato", edit)
        self.told.emit(INSERTED if given.preparation.growth is None else EXTENDED, False)
        self.laid.emit(variation, began)
