"""One question to the daemon, what to select, from the artist's click to the selection."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from krita import Document

from sfumato_client import (
    Bounds,
    Cancelled,
    Extent,
    Found,
    Progress,
    Refused,
    Search,
    SfumatoError,
    Target,
    looked_at,
)

from . import document as documents
from . import pixels, source
from .connection import Connection
from .flow import Flow
from .pixels import Picture
from .qt import QObject, pyqtSignal
from .turns import in_background, in_turns, on_ui_thread

SELECTED = "Selected. One undo brings back what was selected before."
CHANGED = "The canvas was changed meanwhile, so the answer does not fit any more. Ask again."


class Click(NamedTuple):
    """A pixel that was clicked at, to the right and down; ``exclude``: it is no part of it."""

    x: int
    y: int
    exclude: bool = False


class Wish(NamedTuple):
    """What to select: "subject", "face", "box" (what the selection's box holds), "text", "point".

    ``clicks`` tell what is meant by "point". Of what is searched for at most ``count`` things are
    found, each as sure as ``confidence`` (0 to 1); None is the daemon's choice. The answer is
    widened by ``grow`` px; ``invert`` selects everything else.
    """

    what: str
    text: str = ""
    grow: int = 0
    invert: bool = False
    confidence: float | None = None
    count: int | None = None
    clicks: tuple[Click, ...] = ()

    def target(self, document: Document) -> Target:
        """The same on the wire; ``Refused`` where a box is wanted and nothing is selected."""
        if self.what == "box":
            box = documents.selected_bounds(document)
            return Target(boxes=[box._asdict()])
        if self.clicks:
            return Target(points=[click._asdict() for click in self.clicks])
        if self.what == "text":
            if not self.text.strip():
                raise Refused("Write in a word or two what should be selected.")
            return Target(text=self.text.strip())
        return Target(subject=self.what == "subject", face=self.what == "face")


class Question(QObject):
    """A question at work. ``flow`` tells where it is; the signal comes on the UI thread."""

    changed = pyqtSignal()

    def __init__(self, connection: Connection, wish: Wish) -> None:
        super().__init__()
        self.flow = Flow()
        self._connection = connection
        self._wish = wish
        self._document = ""
        self._extent = Extent(0, 0)
        self._end: Callable[[], None] | None = None
        self._over = threading.Event()

    def begin(self, document: Document) -> None:
        """Read what the question is about, and ask."""
        self._go_on(self.flow.exporting())
        self._document = documents.identity(document)
        self._extent = Extent(document.width(), document.height())
        try:
            documents.check_editable(document)
            target = self._wish.target(document)
        except SfumatoError as error:
            self._fail(error)
            return
        window = looked_at(target, self._extent, self._wish.invert)
        gray = document.colorModel() == "GRAYA"
        strips = source.strips(document, window)
        in_turns(strips, partial(self._pack, target, window, gray), self._fail)

    def cancel(self) -> None:
        """End it; the selection stays what it is."""
        if self._end is not None:
            self._end()
        self._fail(Cancelled("Cancelled."))

    def abandon(self, patience: float) -> None:
        """End it and wait, at most ``patience`` seconds, until the daemon was told."""
        self.cancel()
        if self._end is not None:
            self._over.wait(patience)

    def _pack(self, target: Target, window: Bounds, gray: bool, strips: list[Picture]) -> None:
        def pack() -> Search:
            seen = pixels.joined(strips)
            raster = pixels.to_wire(seen.bgra, window.extent, seen.depth, gray)
            wish = self._wish
            return Search(
                pixels.to_8_bit(raster),
                window,
                target,
                confidence=wish.confidence,
                count=wish.count,
                grow=wish.grow,
                invert=wish.invert,
            )

        in_background(pack, self._send, self._fail)

    def _send(self, search: Search) -> None:
        if not self.flow.busy:
            return
        self._go_on(self.flow.sending())
        try:
            self._end = self._connection.ask(search, self._answered, self._phase)
        except SfumatoError as error:
            self._fail(error)

    def _phase(self, phase: str) -> None:
        on_ui_thread(lambda: self.flow.busy and self._go_on(self.flow.after(Progress(0, 0, phase))))

    def _answered(self, answer: Found | SfumatoError) -> None:
        self._over.set()
        take = self._fail if isinstance(answer, SfumatoError) else self._select
        on_ui_thread(partial(take, answer))

    def _select(self, found: Found) -> None:
        document = documents.find(self._document)
        if document is None or not self.flow.busy:
            return
        try:
            if self._extent != (document.width(), document.height()):
                raise Refused(CHANGED)
            selection = found.selection
        except Refused as error:
            self._fail(error)
            return
        documents.select(document, [(selection.bounds, selection.coverage)])
        self._go_on(self.flow.ended(SELECTED))

    def _fail(self, error: Exception) -> None:
        if self.flow.busy:
            self._go_on(self.flow.failed_by(error))

    def _go_on(self, flow: Flow) -> None:
        self.flow = flow
        self.changed.emit()
