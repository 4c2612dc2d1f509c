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

from .arguments import AUTOMATIC
from .document import Document, check, extent_of, read_selection, select
from .options import Source
from .picture import rendered
from .progress import ProgressBar


class Wish(NamedTuple):
    """What to find: one of ``arguments.WHAT``, with the ``point`` or ``text`` that it may need.

    The answer is widened by ``grow`` px; ``invert`` selects everything else. None for
    ``confidence`` and ``count`` is the daemon's choice.
    """

    what: str
    text: str = ""
    point: tuple[int, int] | None = None
    grow: int = 0
    invert: bool = False
    confidence: float | None = None
    count: int | None = None

    @staticmethod
    def of(values: Mapping[str, Any]) -> Wish:
        """From a procedure's configuration."""
        given = {name: None if value == AUTOMATIC else value for name, value in values.items()}
        x, y = given.pop("x"), given.pop("y")
        return Wish(point=None if x is None or y is None else (x, y), **given)

    def target(self, image: Gimp.Image) -> Target:
        """The same on the wire; ``Refused`` if it does not say where to look, or for what."""
        if self.what == "box":
            return Target(boxes=[read_selection(image).bounds._asdict()])
        if self.what == "point":
            if self.point is None or not Bounds.of(extent_of(image)).contains(
                Bounds(*self.point, 1, 1)
            ):
                raise Refused("Say where to look: click into the picture, or give x and y in it.")
            x, y = self.point
            return Target(points=[{"x": x, "y": y}])
        if self.what == "text":
            if not self.text.strip():
                raise Refused("Write in a word or two what should be selected.")
            return Target(text=self.text.strip())
        return Target(subject=self.what == "subject", face=self.what == "face")


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
