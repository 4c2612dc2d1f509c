"""``sfumato outpaint``: more canvas around a picture, painted to go on from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from sfumato.cli import options
from sfumato.cli.console import print_json
from sfumato.cli.editing import perform
from sfumato.cli.failures import BadInput
from sfumato.cli.grouped import grouped
from sfumato.cli.named import Named
from sfumato.cli.output import Keeping, Output
from sfumato.cli.painting import Painting
from sfumato.cli.request import Request
from sfumato.cli.results import checked_targets, report, tell, write_results
from sfumato.picture.growing import grown
from sfumato.picture.reading import read
from sfumato.picture.writing import fitted, format_of
from sfumato_client.geometry import Extent
from sfumato_client.outpaint import Anchor, Growth, Sides, sides_for_aspect

_CANVAS = "Canvas"
_MOST = 65536

Pixels = Annotated[
    int, typer.Option(metavar="PX", min=0, max=_MOST, help="Add.", rich_help_panel=_CANVAS)
]
Aspect = Annotated[
    str,
    typer.Option(
        metavar="W:H",
        help="Instead of sides: the smallest canvas of this aspect that holds the picture.",
        rich_help_panel=_CANVAS,
    ),
]
Where = Annotated[
    str,
    typer.Option(
        "--anchor",
        metavar="PLACE",
        help="With --aspect, where the picture stands: center, left, top-right, ...",
        rich_help_panel=_CANVAS,
    ),
]
Overlap = Annotated[
    int | None,
    typer.Option(
        metavar="PX",
        min=0,
        max=1024,
        help="How far the layer fades out over the picture. Default: 32, less in small pictures.",
        rich_help_panel=_CANVAS,
    ),
]


@dataclass(frozen=True)
class Canvas:
    """How much is added, and where."""

    left: Pixels = 0
    right: Pixels = 0
    top: Pixels = 0
    bottom: Pixels = 0
    aspect: Aspect = ""
    anchor: Where = "center"
    overlap: Overlap = None


@dataclass(frozen=True)
class Extending(Painting):
    """What is painted there: by default what goes on from the picture."""

    preset: options.Preset = "extend"


@grouped
def outpaint(
    image: options.Image,
    output: Output,
    canvas: Canvas,
    painting: Extending,
    keeping: Keeping,
    named: Named,
) -> None:
    """Add canvas around a picture and continue the picture there.

    Without a prompt its textures and lines go on; with one, a model paints what it says.
    """
    passes = painting.passes
    shown = passes.shown if passes else ()
    targets = checked_targets(output, painting.variations, keeping.force, shown)
    picture = keeping.of(read(image))
    sides = chosen_sides(picture.extent, canvas)
    growth = Growth.of(picture.extent, sides, canvas.overlap)
    larger = grown(picture, sides)
    _, losses = fitted(larger, format_of(output.out))
    request = Request(
        larger,
        growth,
        painting.parameters,
        image.name,
        added=painting.added,
        private=keeping.private,
        stages=passes.messages if passes else (),
    )
    outcome = perform(request, named, losses)
    write_results(larger, outcome, targets, keeping.told)
    if keeping.json:
        print_json(report(larger, outcome, targets))
    else:
        tell(larger, outcome, targets)


def chosen_sides(picture: Extent, canvas: Canvas) -> Sides:
    """The sides that were given, or those that make the aspect; ``BadInput`` for both or none."""
    sides = Sides(canvas.left, canvas.top, canvas.right, canvas.bottom)
    aspect, anchor = canvas.aspect, canvas.anchor
    if not aspect:
        if not any(sides):
            raise BadInput("Say how much to add: --left, --right, --top, --bottom, or --aspect W:H")
        return sides
    if any(sides):
        raise BadInput("Give either sides or --aspect, not both.")
    width, _, height = aspect.partition(":")
    try:
        wanted = float(width), float(height)
    except ValueError:
        raise BadInput(f"{aspect!r} is no aspect; write two numbers as W:H, like 16:9.") from None
    try:
        place = Anchor[anchor.upper().replace("-", "_")]
    except KeyError:
        known = ", ".join(each.name.lower().replace("_", "-") for each in Anchor)
        raise BadInput(f"--anchor is one of {known}, not {anchor!r}.") from None
    return sides_for_aspect(picture, *wanted, place)
