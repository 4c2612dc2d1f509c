"""From a job's outcome to layers."""

from __future__ import annotations

from gi.repository import Gimp

from sfumato_client import Refused, Result, flatten, layer_name, record

from . import history
from .document import Document, Place, check
from .layer import insert, one_undo_step
from .memory import Origin
from .outcome import Outcome
from .request import Request


def obstacle(image: Gimp.Image, request: Request) -> str:
    """Why the result no longer belongs where it was asked for, as a sentence; empty if it does."""
    if not image.is_valid():
        return "The picture was closed meanwhile."
    if Document.of(image) != request.document:
        return "The picture's size, mode or precision has changed meanwhile."
    if not request.place.exists:
        return "The layer that the result belongs above was deleted meanwhile."
    return ""


def deliver(
    image: Gimp.Image, request: Request, outcome: Outcome, results: list[Result]
) -> list[Gimp.Layer]:
    """Insert results as layers in one undo step, the first on top and the only visible one.

    Raises ``Refused`` if the picture is gone or cannot take a layer any more.
    """
    if not image.is_valid():
        raise Refused("The picture was closed: there is nothing to insert the result into.")
    check(image)
    place = request.place if request.place.exists else Place(None)
    layers: list[Gimp.Layer] = []
    with one_undo_step(image):
        for result in reversed(results):
            layer = _insert_one(image, place, request, outcome, result)
            layer.set_visible(result is results[0])
            layers.insert(0, layer)
    return layers


def _insert_one(
    image: Gimp.Image, place: Place, request: Request, outcome: Outcome, result: Result
) -> Gimp.Layer:
    assert outcome.done is not None
    content = flatten(result.pieces)
    client = f"gimp {Gimp.version()}"
    written = record(outcome.job, outcome.done, result.seed, content.bounds, client)
    origin = Origin(request.edit.stored_input or outcome.job, request.source)
    number = 1 + len(history.made_layers(image))
    layer = insert(image, place, content, layer_name(outcome.done.resolved, number))
    history.remember(image, layer, written, origin.dump())
    return layer
