"""The way of an edit: options, connection, request, job, layer."""

from __future__ import annotations

from contextlib import closing
from typing import Any, NamedTuple

from gi.repository import Gimp

from sfumato_client import Client, NotFound, Parameters, Refused, SfumatoError, Stopwatch

from . import arguments, delivery, history
from .connection import connect
from .document import Place, extent_of, read_coverage, read_selection
from .growing import Wanted
from .options import Options
from .outcome import carry_out
from .progress import ProgressBar
from .question import Wish, find
from .request import Reading, Request, from_pixels, from_stored, read_growth, read_request


class Call(NamedTuple):
    """What GIMP calls a procedure with."""

    procedure: Gimp.Procedure
    mode: Gimp.RunMode
    image: Gimp.Image
    drawables: list[Gimp.Drawable]
    config: Gimp.ProcedureConfig

    @property
    def interactive(self) -> bool:
        """Whether the artist is there to be asked."""
        return bool(self.mode == Gimp.RunMode.INTERACTIVE)

    def values(self, declared: tuple[arguments.Argument, ...]) -> dict[str, Any]:
        """The arguments' values as they are now."""
        return {each.name: self.config.get_property(each.name) for each in declared}

    def options(self, declared: tuple[arguments.Argument, ...], **fixed: Any) -> Options:
        """The same, as options of an edit of what is selected."""
        remembered = self.mode != Gimp.RunMode.NONINTERACTIVE
        return Options.of({**self.values(declared), **fixed, "remembered": remembered})


def inpaint(call: Call) -> list[Gimp.Layer]:
    """Replace what is selected by what the prompt says; ask the artist for the options first."""
    with closing(_client(call)) as client:
        if call.interactive:
            from .dialog import ask

            ask(call.procedure, call.config, client)
        stopwatch = Stopwatch()
        options = call.options(arguments.INPAINT)
        request = read_request(call.image, call.drawables, options, client).since(stopwatch)
        if call.interactive:
            from .window import Window

            return Window(call.image, client, request).run()
        return _carry_out(call, client, request)


def outpaint(call: Call) -> list[Gimp.Layer]:
    """Make the canvas grow, and paint what is new."""
    with closing(_client(call)) as client:
        if call.interactive:
            from .outpaint_dialog import ask

            ask(call.procedure, call.config, client, extent_of(call.image))
        stopwatch = Stopwatch()
        options = call.options(arguments.NEW_CONTENT, preset="extend")
        wanted = Wanted.of(call.values(arguments.CANVAS))
        growth = read_growth(call.image, call.drawables, options, wanted, client)
        request = growth.since(stopwatch)
        if call.interactive:
            from .window import Window

            return Window(call.image, client, request).run()
        return _carry_out(call, client, request)


def select(call: Call) -> list[Gimp.Layer]:
    """Have something found; it becomes the selection. Makes no layer."""
    with closing(_client(call)) as client:
        if call.interactive:
            from .select_dialog import ask

            ask(call.procedure, call.config, client, call.image)
        find(call.image, Wish.of(call.values(arguments.SELECT)), client)
    return []


def remove(call: Call) -> list[Gimp.Layer]:
    """Take away what is selected."""
    stopwatch = Stopwatch()
    options = call.options(arguments.REMOVE, operation="remove")
    with closing(_client(call)) as client:
        request = read_request(call.image, call.drawables, options, client)
        return _carry_out(call, client, request.since(stopwatch))


def repeat(call: Call) -> list[Gimp.Layer]:
    """Do an edit again, on the input it had and not on its own result."""
    stopwatch = Stopwatch()
    found = history.find_edit(call.image, call.drawables)
    parameters = found.past.again(call.options(arguments.REPEAT))
    origin = found.past.origin
    with closing(_client(call)) as client:
        if found.in_place:
            place = Place(found.layer)
            stored = from_stored(call.image, place, origin, parameters, client)
            try:
                return _carry_out(call, client, stored.since(stopwatch))
            except NotFound:
                # The daemon keeps inputs for a while only: send the pixels once more.
                pass
        if origin.growth is not None:
            raise Refused(
                "What this edit began from is gone, as it made the canvas grow: undo it, and "
                "extend the canvas anew."
            )
        request = _read_again(call.image, found, parameters, client)
        return _carry_out(call, client, request.since(stopwatch))


def _read_again(
    image: Gimp.Image, found: history.Found, parameters: Parameters, client: Client
) -> Request:
    """State the edit with pixels, as the daemon no longer has them or the layer was moved."""
    mask = found.layer.get_mask() if found.layer is not None else None
    if mask is None:
        selection = read_selection(image)
    else:
        bounds = history.bounds_of(found.layer)
        selection = read_coverage(mask, bounds, bounds)
        # The layer's mask is M already: grown and soft.
        parameters.grow = parameters.feather = 0
    origin = found.past.origin
    hidden = history.siblings(image, origin)
    reading = Reading(selection, origin.source, found.layer, hidden)
    return from_pixels(image, Place(found.layer), reading, parameters, client)


def _client(call: Call) -> Client:
    try:
        return connect()
    except SfumatoError as error:
        if not call.interactive:
            raise
        from .connection_dialog import mend

        return mend(error)


def _carry_out(call: Call, client: Client, request: Request) -> list[Gimp.Layer]:
    """Run an edit with GIMP's own progress bar, and insert what it brings.

    Several results, or a picture that has changed, are for the artist to decide on, in a window.
    """
    with ProgressBar() as bar:
        outcome = carry_out(client, request.edit, bar.show)
    obstacle = delivery.obstacle(call.image, request)
    if call.interactive and call.image.is_valid() and (obstacle or len(outcome.results) > 1):
        from .window import Window

        return Window(call.image, client, request, outcome).run()
    if obstacle:
        raise Refused(f"{obstacle} The result was not inserted.")
    for notice in (*request.notices, *outcome.notices):
        Gimp.message(notice)
    return delivery.deliver(call.image, client, request, outcome, outcome.results)
