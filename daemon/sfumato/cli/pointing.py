"""What the daemon is to find in a picture: by a click, by a word, by what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from sfumato.cli.polygons import parse_point
from sfumato_client.geometry import Bounds
from sfumato_client.upload import wire_bounds
from sfumato_client.wire.segment_pb2 import Point, Target

_FINDING = "Selection by finding"


@dataclass(frozen=True)
class Pointing:
    """What to find; several of these may be given together."""

    point: Annotated[
        list[Any] | None,
        typer.Option(
            "--point",
            metavar="X,Y",
            parser=parse_point,
            help="A pixel of it. May be given several times.",
            rich_help_panel=_FINDING,
        ),
    ] = None
    exclude: Annotated[
        list[Any] | None,
        typer.Option(
            "--exclude",
            metavar="X,Y",
            parser=parse_point,
            help="A pixel that is no part of it. May be given several times.",
            rich_help_panel=_FINDING,
        ),
    ] = None
    subject: Annotated[
        bool, typer.Option("--subject", help="The main subject.", rich_help_panel=_FINDING)
    ] = False
    face: Annotated[bool, typer.Option("--face", help="Faces.", rich_help_panel=_FINDING)] = False
    text: Annotated[
        str,
        typer.Option(metavar="TEXT", help="What the words describe.", rich_help_panel=_FINDING),
    ] = ""

    @property
    def given(self) -> bool:
        """Whether there is anything to find; what is excluded alone is nothing."""
        return bool(self.point or self.text.strip() or self.subject or self.face)

    def target(self, boxes: Sequence[Bounds] = ()) -> Target:
        """The same as the daemon is asked, with boxes around what is to be found."""
        return Target(
            points=[
                *(Point(x=x, y=y) for x, y in self.point or ()),
                *(Point(x=x, y=y, exclude=True) for x, y in self.exclude or ()),
            ],
            boxes=[wire_bounds(bounds) for bounds in boxes],
            text=self.text,
            subject=self.subject,
            face=self.face,
        )
