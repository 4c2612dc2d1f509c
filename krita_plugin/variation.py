"""A result and how it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sfumato_client import Done, Result

from . import images
from .images import Placed
from .qt import QImage, QSize
from .run import Input

THUMBNAIL = QSize(96, 72)


@dataclass(eq=False)
class Variation:
    """A result that can be laid into the document, now or later, as often as liked."""

    name: str
    input: Input
    result: Result
    done: Done
    shown: list[Placed] = field(repr=False)
    thumbnail: QImage = field(repr=False)


def variations_of(
    results: Sequence[Result], given: Input, done: Done, name: str
) -> list[Variation]:
    """The results of one edit, with their pictures; ``name`` is that of their layers."""
    before = images.of_regions(given.regions)
    made = []
    for result in results:
        shown = images.of_pieces(result.pieces)
        small = images.thumbnail(shown, before, THUMBNAIL)
        made.append(Variation(name, given, result, done, shown, small))
    return made
