"""From a job's outcome to layers."""

from __future__ import annotations

import time

from gi.repository import Gimp

from sfumato_client import Client, Growth, Refused, Result, flatten, layer_name, record

from . import history
from .document import Document, Place, check, extent_of, one_undo_step
from .layer import insert, make
from .memory import Origin
from .outcome import Outcome
from .request import Request


def obstacle(image: Gimp.Image, request: Request) -> str:
    """Why the result no longer belongs where it was asked for, as a sentence; empty if it does."""
    if not image.is_valid():
        return "The picture was closed meanwhile."
    if not request.document.fits(as_known(image, request)):
        return "The picture was resized, turned, mirrored or converted meanwhile."
    if not request.place.exists:
        return "The layer that the result belongs above was deleted meanwhile."
    return ""


def as_known(image: Gimp.Image, request: Request) -> Document:
    """The picture as it is now; of a canvas that has grown for the edit, the part before."""
    growth = request.growth
    if growth is not None and extent_of(image) == growth.canvas:
        return Document.of(image, growth.known)
    return Document.of(image)


def deliver(
    image: Gimp.Image, client: Client, request: Request, outcome: Outcome, results: list[Result]
) -> list[Gimp.Layer]:
    """Insert results as layers in one undo step, the first on top and the only visible one.

    The daemon is told how long that took. Raises ``Refused`` if the picture is gone or cannot take
    a layer any more.
    """
    began = time.monotonic()
    if not image.is_valid():
        raise Refused("The picture was closed: there is nothing to insert the result into.")
    check(image)
    place = request.place if request.place.exists else Place(None)
    # Made before the artist sees anything of them: what remains then is done in no time.
    layers = [
        _make(image, request, outcome, result, number)
        for number, result in enumerate(reversed(results), start=1)
    ]
    with one_undo_step(image):
        _grow(image, request.growth)
        for layer in layers:
            layer.set_visible(layer is layers[-1])
            insert(image, place, layer)
    if request.edit.stopwatch is not None:
        client.report(outcome.job, request.edit.stopwatch, began)
    return layers[::-1]


def _grow(image: Gimp.Image, growth: Growth | None) -> None:
    """Make the canvas grow, unless an earlier result did; guides and selection go with it."""
    if growth is not None and extent_of(image) == growth.known.extent:
        image.resize(*growth.canvas, growth.known.x, growth.known.y)


def _make(
    image: Gimp.Image, request: Request, outcome: Outcome, result: Result, number: int
) -> Gimp.Layer:
    """A layer that is the ``number``-th of those that are about to be inserted."""
    assert outcome.done is not None
    content = flatten(result.pieces)
    client = f"gimp {Gimp.version()}"
    written = record(outcome.job, outcome.done, result.seed, content.bounds, client)
    job = request.edit.stored_input or outcome.job
    origin = Origin(job, request.source, request.growth)
    number += len(history.made_layers(image))
    extended = request.growth is not None
    used = outcome.done.resolved
    name = layer_name(used, number, extended=extended, recipe=request.recipe)
    layer = make(image, content, name)
    history.remember(image, layer, written, origin.dump())
    return layer
