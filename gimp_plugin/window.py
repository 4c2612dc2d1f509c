"""An edit in a window of its own: progress, previews, and results to compare and choose from."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import NamedTuple

from gi.repository import GdkPixbuf, Gimp, GimpUi, GLib, Gtk

from sfumato_client import (
    Bounds,
    Cancelled,
    Client,
    Event,
    Handle,
    Notice,
    Parameters,
    Preview,
    Result,
    SfumatoError,
    Stopwatch,
    Told,
    told,
)

from .delivery import deliver, obstacle
from .outcome import Outcome
from .progress import SENDING
from .request import Request
from .thumbnails import Thumbnails
from .views import Views

# Three results with their seeds fit below it.
PICTURE_SIDE = 496


class Candidate(NamedTuple):
    """A result that can be inserted, and how the picture looks with it."""

    request: Request
    outcome: Outcome
    result: Result
    view: GdkPixbuf.Pixbuf


class Window:
    """Not modal: the artist can go on painting meanwhile.

    One result for an unchanged picture is inserted at once. Otherwise the results wait here for a
    choice, and any number of them can be inserted. All methods run on GTK's thread.
    """

    def __init__(
        self, image: Gimp.Image, client: Client, request: Request, outcome: Outcome | None = None
    ) -> None:
        self._image = image
        self._client = client
        self._request = request
        self._outcome = outcome or Outcome()
        self._handle: Handle | None = None
        self._candidates: list[Candidate] = []
        self._layers: list[Gimp.Layer] = []
        self._error: SfumatoError | None = None
        self._views: Views | None = None
        self._closing = False
        self._build()

    def run(self) -> list[Gimp.Layer]:
        """Show the window until it is closed; return the layers that were inserted.

        Raises the job's error, or ``Cancelled`` if nothing was chosen.
        """
        windows = [region.window for region in self._request.edit.regions]
        if windows:
            self._look_at(reduce(Bounds.union, windows))
        self._window.show_all()
        if self._outcome.done is None:
            self._start(self._request)
        else:
            for result in self._outcome.results:
                self._add(result)
            self._offer()
        Gtk.main()
        self._window.destroy()
        if self._layers:
            return self._layers[::-1]
        raise self._error or Cancelled("No result was chosen.")

    def _build(self) -> None:
        self._window = Gtk.Window(title="Sfumato", role="sfumato-window", border_width=12)
        GimpUi.window_set_transient(self._window)
        self._window.connect("delete-event", self._on_close)
        self._picture = Gtk.Image()
        self._picture.set_size_request(PICTURE_SIDE, -1)
        self._thumbnails = Thumbnails(self._point_at, self._on_insert)
        self._bar = Gtk.ProgressBar(show_text=True, text=SENDING)
        self._message = Gtk.Label(wrap=True, xalign=0.0, max_width_chars=60)
        self._more = self._button("_More Variations", self._on_more)
        self._close = self._button("_Stop", self._on_close)
        self._insert = self._button("_Insert", self._on_insert)
        buttons = Gtk.ButtonBox(layout_style=Gtk.ButtonBoxStyle.END, spacing=6)
        for button in (self._more, self._close, self._insert):
            buttons.add(button)
        buttons.set_child_secondary(self._more, True)
        column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12)
        column.pack_start(self._picture, True, True, 0)
        for widget in (self._thumbnails, self._bar, self._message, buttons):
            column.pack_start(widget, False, False, 0)
        self._window.add(column)
        for widget in (self._thumbnails, self._message, self._more, self._insert):
            # Shown when there is something in them.
            widget.set_no_show_all(True)

    def _button(self, label: str, clicked: object) -> Gtk.Button:
        button = Gtk.Button.new_with_mnemonic(label)
        button.connect("clicked", clicked)
        return button

    # What the daemon says, brought to this thread.

    def _start(self, request: Request) -> None:
        self._request, self._outcome = request, Outcome()
        self._handle = self._client.submit(
            request.edit,
            lambda event: GLib.idle_add(self._take, event),
            lambda error: GLib.idle_add(self._ended, error),
        )
        self._tell(Told(SENDING))

    def _take(self, event: Event) -> None:
        self._outcome.take(event)
        if isinstance(event, Notice):
            self._say("\n".join(self._outcome.notices))
        if isinstance(event, Preview):
            self._show(self._look_at(event.bounds).meanwhile(event))
        elif isinstance(event, Result) and event.stage:
            self._show(self._look_at(_around(event)).after(event))
        elif isinstance(event, Result):
            self._add(event)
        now = told(event)
        if now is not None:
            self._tell(now)

    def _ended(self, error: SfumatoError | None) -> None:
        self._handle = None
        if self._closing or (error is not None and not self._candidates):
            self._error = error
            Gtk.main_quit()
        elif error is not None:
            self._offer(error.message)
        elif len(self._candidates) == 1 and not obstacle(self._image, self._request):
            self._deliver(self._candidates[0])
            for notice in (*self._request.notices, *self._outcome.notices):
                Gimp.message(notice)
            Gtk.main_quit()
        else:
            self._offer()

    # What the artist does.

    def _on_close(self, *_: object) -> bool:
        if self._handle is None:
            Gtk.main_quit()
        else:
            # The engine stops within a step; then the window goes.
            self._closing = True
            self._tell(Told("Stopping"))
            self._close.set_sensitive(False)
            self._handle.cancel()
        return True

    def _on_more(self, *_: object) -> None:
        first = self._candidates[0]
        parameters = Parameters()
        parameters.CopyFrom(first.request.edit.parameters)
        parameters.ClearField("seed")
        job = first.request.edit.stored_input or first.outcome.job
        # Stored input brings its canvas.
        edit = replace(
            first.request.edit, regions=(), outpaint=None, stored_input=job, parameters=parameters
        )
        self._close.set_label("_Stop")
        self._more.hide()
        self._bar.show()
        self._start(replace(first.request, edit=edit).since(Stopwatch()))

    def _on_insert(self, *_: object) -> None:
        index = self._thumbnails.chosen
        if index == 0 or self._handle is not None:
            return
        candidate = self._candidates[index - 1]
        problem = obstacle(self._image, candidate.request)
        if problem and self._insert.get_label() == "_Insert":
            self._offer()
            return
        try:
            self._deliver(candidate)
        except SfumatoError as error:
            self._say(error.message)
            return
        self._thumbnails.retitle(index, "Inserted")

    def _point_at(self, index: int) -> None:
        views = [self._views.before if self._views else None]
        views += [candidate.view for candidate in self._candidates]
        self._show(views[index])
        self._insert.set_sensitive(self._thumbnails.chosen > 0)

    # What is shown.

    def _add(self, result: Result) -> None:
        view = self._look_at(_around(result)).after(result)
        self._candidates.append(Candidate(self._request, self._outcome, result, view))
        self._thumbnails.append(view, f"Seed {result.seed}")

    def _look_at(self, bounds: Bounds) -> Views:
        if self._views is None:
            self._views = Views(self._image, self._request, bounds, PICTURE_SIDE)
            self._thumbnails.append(self._views.before, "Before")
        return self._views

    def _offer(self, message: str = "") -> None:
        """Let the artist choose from what is there."""
        problem = obstacle(self._image, self._request)
        notices = (*self._request.notices, *self._outcome.notices)
        self._say("\n".join(filter(None, (message, problem, *notices))))
        self._insert.set_label("_Insert Anyway" if problem else "_Insert")
        self._close.set_label("_Close")
        self._bar.hide()
        self._thumbnails.set_no_show_all(False)
        self._thumbnails.show_all()
        for button in (self._more, self._insert):
            button.set_visible(self._image.is_valid())
        self._point_at(self._thumbnails.chosen)

    def _deliver(self, candidate: Candidate) -> None:
        request, outcome, result, _ = candidate
        self._layers += deliver(self._image, self._client, request, outcome, [result])

    def _show(self, picture: GdkPixbuf.Pixbuf | None) -> None:
        if picture is not None:
            self._picture.set_from_pixbuf(picture)

    def _tell(self, now: Told) -> None:
        self._bar.set_text(now.text)
        if now.fraction is None:
            self._bar.pulse()
        else:
            self._bar.set_fraction(now.fraction)

    def _say(self, message: str) -> None:
        self._message.set_text(message)
        self._message.set_visible(bool(message))


def _around(result: Result) -> Bounds:
    return reduce(Bounds.union, (piece.bounds for piece in result.pieces))
