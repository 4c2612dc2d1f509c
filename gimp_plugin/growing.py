"""How much canvas the artist wants, read from a procedure's arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sfumato_client import Anchor, Extent, Growth, Refused, Sides, sides_for_aspect

from .arguments import AUTOMATIC


class Wanted(NamedTuple):
    """Pixels on each side or, where ``aspect`` is not empty ("16:9"), what makes that aspect.

    ``anchor`` is where the picture stands then; ``overlap`` is in pixels, None for the usual one.
    """

    sides: Sides
    aspect: str = ""
    anchor: Anchor = Anchor.CENTER
    overlap: int | None = None

    @staticmethod
    def of(values: Mapping[str, Any]) -> Wanted:
        """From a procedure's configuration."""
        overlap = values["overlap"]
        return Wanted(
            Sides(**{side: values[side] for side in Sides._fields}),
            values["aspect"].strip(),
            Anchor[values["anchor"].upper().replace("-", "_")],
            None if overlap == AUTOMATIC else overlap,
        )

    def chosen(self, picture: Extent) -> Sides:
        """What is added on each side of a picture; ``Refused`` for what is no aspect."""
        if not self.aspect:
            return self.sides
        width, _, height = self.aspect.partition(":")
        try:
            aspect = float(width), float(height)
        except ValueError:
            raise Refused(f'"{self.aspect}" is no aspect: write two numbers, like 16:9.') from None
        return sides_for_aspect(picture, *aspect, self.anchor)

    def growth(self, picture: Extent) -> Growth:
        """The same for a picture of this size. Raises ``Refused`` if that adds nothing."""
        return Growth.of(picture, self.chosen(picture), self.overlap)
