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

    number: int
    input: Input
    result: Result
    done: Done
    shown: list[Placed] = field(repr=False)
    thumbnail: QImage = field(repr=False)


def variations_of(
    results: Sequence[Result], given: Input, done: Done, number: int
) -> list[Variation]:
    """The results of one edit, with their pictures; ``number`` counts a document's edits."""
    before = images.of_regions(given.regions)
    made = []
    for result in results:
        shown = images.of_pieces(result.pieces)
        small = images.thumbnail(shown, before, THUMBNAIL)
        made.append(Variation(number, given, result, done, shown, small))
    return made
