"""One question to the daemon, what to select; the answer becomes the selection."""

from __future__ import annotations

from collections.abc import Mapping
from queue import SimpleQueue
from typing import Any, NamedTuple

from gi.repository import Gimp

from sfumato_client import (
    Bounds,
    Client,
    Found,
    Raster,
    Refused,
    Search,
    SfumatoError,
    Target,
    looked_at,
)

from . import points
from .arguments import AUTOMATIC
from .document import Document, check, extent_of, read_selection, select
from .options import Source
from .picture import rendered
from .points import Point
from .progress import ProgressBar


class Wish(NamedTuple):
    """What to find: one of ``arguments.WHAT``, with the ``points`` or ``text`` that it may need.

    ``exclude`` are points that are no part of it. The answer is widened by ``grow`` px; ``invert``
    selects everything else. None for ``confidence`` and ``count`` is the daemon's choice.
    """

    what: str
    text: str = ""
    points: tuple[Point, ...] = ()
    exclude: tuple[Point, ...] = ()
    grow: int = 0
    invert: bool = False
    confidence: float | None = None
    count: int | None = None

    @staticmethod
    def of(values: Mapping[str, Any]) -> Wish:
        """From a procedure's configuration."""
        given = {name: None if value == AUTOMATIC else value for name, value in values.items()}
        there = {name: points.read(given.pop(name)) for name in ("points", "exclude")}
        return Wish(**there, **given)

    def target(self, image: Gimp.Image) -> Target:
        """The same on the wire; ``Refused`` if it does not say where to look, or for what."""
        if self.what == "box":
            return Target(boxes=[read_selection(image).bounds._asdict()])
        if self.what == "point":
            return self._pointed(Bounds.of(extent_of(image)))
        if self.what == "text":
            if not self.text.strip():
                raise Refused("Write in a word or two what should be selected.")
            return Target(text=self.text.strip())
        return Target(subject=self.what == "subject", face=self.what == "face")

    def _pointed(self, canvas: Bounds) -> Target:
        if not self.points:
            raise Refused("Say where to look: click into the picture, or give points in it.")
        for point in (*self.points, *self.exclude):
            if not canvas.contains(Bounds(*point, 1, 1)):
                raise Refused(f"The point {points.write([point])} lies outside the picture.")
        return Target(
            points=[
                *(point._asdict() for point in self.points),
                *({**point._asdict(), "exclude": True} for point in self.exclude),
            ]
        )


def find(image: Gimp.Image, wish: Wish, client: Client) -> None:
    """Select what is wished for: one step to undo. Nothing changes if nothing is found."""
    check(image)
    before = Document.of(image)
    target = wish.target(image)
    window = looked_at(target, before.extent, wish.invert)
    with rendered(image, Source.VISIBLE, None, [window]) as scene:
        picture = scene.read(window, 8)
    with ProgressBar() as bar:
        found = _answer(client, _search(wish, target, window, picture), bar)
    if not image.is_valid():
        raise Refused("The picture was closed meanwhile.")
    if not before.fits(Document.of(image)):
        raise Refused(
            "The picture was changed meanwhile, and the answer no longer fits. Ask again."
        )
    select(image, found.selection)


def _search(wish: Wish, target: Target, window: Bounds, picture: Raster) -> Search:
    return Search(
        picture,
        window,
        target,
        confidence=wish.confidence,
        count=wish.count,
        grow=wish.grow,
        invert=wish.invert,
    )


def _answer(client: Client, search: Search, bar: ProgressBar) -> Found:
    """Ask and wait on this thread, which also shows what is going on. Raises the error."""
    heard: SimpleQueue[str | Found | SfumatoError] = SimpleQueue()
    client.ask(search, heard.put, heard.put)
    while isinstance(said := heard.get(), str):
        bar.say(said[:1].upper() + said[1:])
    if isinstance(said, SfumatoError):
        raise said
    return said
