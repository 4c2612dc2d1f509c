"""One edit from the artist's click to its results."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from krita import Document

from sfumato_client import (
    Cancelled,
    Done,
    Edit,
    Event,
    Growth,
    Handle,
    NotFound,
    Operation,
    Parameters,
    Preview,
    Region,
    Result,
    Selection,
    SfumatoError,
    Stopwatch,
    shape,
)

from . import document as documents
from . import source
from .connection import Connection
from .document import Drawn, Shape
from .flow import Flow
from .offer import Offer
from .parameters import context, parameters
from .pixels import Picture, joined
from .preparation import Preparation, prepare, prepare_growth, regions
from .qt import QObject, pyqtSignal
from .settings import Settings
from .source import Spot
from .turns import in_background, in_turns, on_ui_thread


class Asked(NamedTuple):
    """What was found at the artist's click.

    The document's identity and shape, where the result goes, what is selected (None where new
    canvas is asked for), and the unique ids of layers that are not to be seen.
    """

    document: str
    shape: Shape
    spot: Spot
    drawn: Drawn | None
    hidden: tuple[str, ...]


@dataclass(frozen=True)
class Input:
    """What an edit started from, kept so that it can be repeated from the same picture.

    ``job_id`` names the daemon's copy of it, once there is one. The ``stopwatch`` runs since the
    artist asked for the edit, or for its repetition.
    """

    asked: Asked
    operation: Operation
    preparation: Preparation
    regions: tuple[Region, ...]
    notices: tuple[str, ...]
    stopwatch: Stopwatch
    job_id: str = ""


class Run(QObject):
    """One edit at work. ``flow`` tells where it is; signals come on the UI thread."""

    changed = pyqtSignal()
    previewed = pyqtSignal(object)
    finished = pyqtSignal()

    def __init__(self, connection: Connection, operation: Operation, settings: Settings) -> None:
        super().__init__()
        self.flow = Flow()
        self.operation = operation
        self.settings = settings
        self.input: Input | None = None
        self.results: list[Result] = []
        self.done: Done | None = None
        self._connection = connection
        self._handle: Handle | None = None
        self._stopwatch = Stopwatch()
        self._cancelled = False

    def begin(self, document: Document, hidden: Collection[str]) -> None:
        """Read the document, without the layers ``hidden``, and send the edit of its selection."""
        self._start(document, lambda: documents.read_selection(document), hidden)

    def extend(self, document: Document, growth: Growth) -> None:
        """Read the document and have new canvas around it painted."""
        self._start(document, lambda: growth, ())

    def _start(
        self, document: Document, target: Callable[[], Drawn | Growth], hidden: Collection[str]
    ) -> None:
        self._go_on(self.flow.exporting())
        try:
            documents.check_editable(document)
            wanted = target()
            spot = source.spot_of(document, self.settings.source)
            offer = self._connection.needed
        except SfumatoError as error:
            self._fail(error)
            return
        drawn = None if isinstance(wanted, Growth) else wanted
        was = Shape.of(document)
        asked = Asked(documents.identity(document), was, spot, drawn, tuple(hidden))
        model = offer.model_for(self.operation, self.settings)

        def plan() -> Preparation:
            if isinstance(wanted, Growth):
                return prepare_growth(wanted, model)
            selection = Selection.trimmed(*wanted)
            softly = shape(
                selection,
                offer.preset_for(self.operation, self.settings),
                grow=self.settings.grow,
                feather=self.settings.feather,
                context=context(self.settings),
            )
            return prepare(selection, was.extent, softly, model)

        in_background(plan, partial(self._read, asked), self._fail)

    def repeat(self, earlier: Input) -> None:
        """The same input again; the daemon's own copy of it if it still has one."""
        self._go_on(self.flow.exporting())
        self.input = replace(earlier, stopwatch=self._stopwatch)
        self._send(stored=earlier.job_id)

    def cancel(self) -> None:
        """End it; what has come so far is dropped."""
        if not self.flow.busy or self._cancelled:
            return
        self._cancelled = True
        self._go_on(self.flow.cancelling())
        if self._handle is not None:
            self._handle.cancel()

    def abandon(self, patience: float) -> None:
        """End it and wait, at most ``patience`` seconds, until the daemon knows."""
        self.cancel()
        if self._handle is not None:
            # However it ends, and whether in time: nobody is left to be told.
            with suppress(SfumatoError, TimeoutError, FutureTimeoutError):
                self._handle.wait(patience)

    def _read(self, asked: Asked, preparation: Preparation) -> None:
        document = documents.find(asked.document)
        if document is None or self._cancelled:
            self._fail(Cancelled("Cancelled."))
            return
        in_turns(
            _pictures(document, self.settings.source, asked.hidden, preparation),
            partial(self._pack, asked, preparation),
            self._fail,
        )

    def _pack(
        self, asked: Asked, preparation: Preparation, strips: Sequence[Sequence[Picture]]
    ) -> None:
        gray = asked.shape.space.model == "GRAYA"

        def pack() -> Input:
            pictures = [joined(parts) for parts in strips]
            sent = regions(preparation, pictures, gray)
            losses = dict.fromkeys(picture.loss() for picture in pictures)
            notices = tuple(loss for loss in losses if loss)
            return Input(asked, self.operation, preparation, sent, notices, self._stopwatch)

        in_background(pack, self._packed, self._fail)

    def _packed(self, packed: Input) -> None:
        if self._cancelled:
            self._fail(Cancelled("Cancelled."))
            return
        self.input = packed
        self.flow = replace(self.flow, notices=packed.notices)
        self._send(stored="")

    def _send(self, stored: str) -> None:
        assert self.input is not None
        self._go_on(self.flow.sending())
        try:
            asked = self._parameters(self._connection.needed, self.input.preparation)
            edit = _edit(self.input, asked, stored)
            self._handle = self._connection.submit(
                edit,
                lambda event: on_ui_thread(partial(self._hear, event)),
                lambda error: on_ui_thread(partial(self._end, stored, error)),
            )
        except SfumatoError as error:
            self._fail(error)

    def _parameters(self, offer: Offer, preparation: Preparation) -> Parameters:
        model = offer.model_for(self.operation, self.settings)
        operation = offer.verb(self.operation, self.settings)
        preset = offer.preset_for(self.operation, self.settings)
        settings = replace(self.settings, preset=preset.name if preset is not None else "")
        return parameters(operation, settings, preparation.shape, model)

    def _hear(self, event: Event) -> None:
        if isinstance(event, Preview):
            if not self._cancelled:
                self.previewed.emit(event)
            return
        if isinstance(event, Result):
            if not event.stage:
                self.results.append(event)
            elif not self._cancelled:
                self.previewed.emit(event)
        if isinstance(event, Done):
            self.done = event
        if not self._cancelled:
            self._go_on(self.flow.after(event))

    def _end(self, stored: str, error: SfumatoError | None) -> None:
        if isinstance(error, NotFound) and stored and not self._cancelled:
            self._send(stored="")
        elif error is not None or self._cancelled:
            self._fail(error or Cancelled("Cancelled."))
        else:
            assert self.input is not None
            self.input = replace(self.input, job_id=self.flow.job_id)
            self._go_on(self.flow.ended("Done."))
            self.finished.emit()

    def _fail(self, error: Exception) -> None:
        self.results.clear()
        self._go_on(self.flow.failed_by(Cancelled("Cancelled.") if self._cancelled else error))
        self.finished.emit()

    def _go_on(self, flow: Flow) -> None:
        self.flow = flow
        self.changed.emit()


def _edit(given: Input, asked: Parameters, stored: str) -> Edit:
    growth = given.preparation.growth
    extent = given.asked.shape.extent if growth is None else growth.canvas
    if stored:
        return Edit(extent, asked, stored_input=stored, stopwatch=given.stopwatch)
    outpaint = growth.message if growth is not None else None
    return Edit(extent, asked, regions=given.regions, outpaint=outpaint, stopwatch=given.stopwatch)


def _pictures(
    document: Document, chosen: str, hidden: Collection[str], preparation: Preparation
) -> Iterator[list[list[Picture]]]:
    """Read the windows in strips, one a turn of the event loop; the last value holds them all."""
    pictures: list[list[Picture]] = []
    with source.sampled(document, chosen, hidden) as seen:
        for window, _ in preparation.places:
            pictures.append([])
            for strips in source.strips(seen, preparation.place_to_read(window)):
                pictures[-1] = strips
                yield pictures
