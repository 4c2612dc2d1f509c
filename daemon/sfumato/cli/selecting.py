"""The selection of a command line, and what is asked to be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from sfumato.cli.asking import Sought
from sfumato.cli.failures import BadInput
from sfumato.cli.options import SELECTION, Boxes
from sfumato.cli.pointing import Pointing
from sfumato.cli.polygons import Polygon, parse_polygon
from sfumato.engines.parameters import Gray
from sfumato.picture.selection import from_file, with_box, with_polygon
from sfumato_client.geometry import Bounds, Extent
from sfumato_client.selection import Selection
from sfumato_client.wire.parameters_pb2 import Context, Parameters


@dataclass(frozen=True)
class Selecting:
    """What is to change, how soft its edge is, and how much around it is looked at."""

    mask: Annotated[
        Path | None,
        typer.Option(
            metavar="MASK",
            help="A picture of the same size: white is regenerated, gray in part.",
            rich_help_panel=SELECTION,
        ),
    ] = None
    box: Boxes = None
    polygon: Annotated[
        list[Polygon] | None,
        typer.Option(
            "--polygon",
            metavar="X,Y X,Y X,Y...",
            parser=parse_polygon,
            help="A polygon in pixels. May be given several times.",
            rich_help_panel=SELECTION,
        ),
    ] = None
    grow: Annotated[
        float | None,
        typer.Option(
            metavar="PX",
            min=0,
            max=256,
            help="Cover so much around the selection in full. Default: 4; 0 for a soft selection.",
            rich_help_panel=SELECTION,
        ),
    ] = None
    feather: Annotated[
        float | None,
        typer.Option(
            metavar="PX",
            min=0,
            max=512,
            help="Fade over so much around that. Default: by the selection's thickness.",
            rich_help_panel=SELECTION,
        ),
    ] = None
    gray: Annotated[
        Gray,
        typer.Option(
            help="What gray in the mask is: opacity, or how far pixels may change.",
            rich_help_panel=SELECTION,
        ),
    ] = Gray.BLEND
    surroundings: Annotated[
        str,
        typer.Option(
            "--context",
            metavar="auto|double|whole|PX",
            help="How much around the selection the engine looks at; little of it zooms in.",
            rich_help_panel=SELECTION,
        ),
    ] = "auto"

    @property
    def parameters(self) -> Parameters:
        """What of it the daemon is asked as it stands; ``BadInput`` for no context."""
        return Parameters(gray=f"GRAY_MEANING_{self.gray.name}", context=context(self.surroundings))


def target_of(extent: Extent, selecting: Selecting, pointing: Pointing) -> Selection | Sought:
    """All that is selected on a canvas of ``extent``, and what the daemon has to find for it.

    Raises as ``selected``.
    """
    drawn = selecting.mask is not None or selecting.box or selecting.polygon
    if not pointing.given:
        if pointing.exclude:
            raise BadInput("--exclude takes away from what --point finds; give a --point, too.")
        return selected(extent, selecting)
    return Sought(pointing.target(), selected(extent, selecting) if drawn else None)


def selected(extent: Extent, selecting: Selecting) -> Selection:
    """Everything that a mask, boxes and polygons select together, on a canvas of ``extent``.

    Raises ``BadInput`` if that is nothing, ``PictureError`` for an unusable mask.
    """
    mask, boxes, polygons = selecting.mask, selecting.box or (), selecting.polygon or ()
    if mask is None and not boxes and not polygons:
        raise BadInput(
            "Say what to change: --mask MASK, --box L,T,R,B, --polygon X,Y X,Y X,Y..., "
            "--point X,Y, --face, --subject or --text TEXT."
        )
    if mask is None:
        coverage = np.zeros((extent.height, extent.width), np.uint8)
    else:
        coverage = from_file(mask, extent)
    for box in boxes:
        with_box(coverage, box)
    for polygon in polygons:
        with_polygon(coverage, polygon.corners)
    rows, columns = np.nonzero(coverage.any(axis=1))[0], np.nonzero(coverage.any(axis=0))[0]
    if not rows.size:
        raise BadInput(
            "Nothing is selected: "
            + (
                f"{mask} is black everywhere, and white marks what is to change."
                if mask is not None
                else f"the picture has {extent.width}x{extent.height} pixels, and what was given "
                "lies outside."
            )
        )
    tight = Bounds.between(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    inside = coverage[tight.y : tight.bottom, tight.x : tight.right]
    return Selection(tight, inside.tobytes())


def context(text: str) -> Context | None:
    """How much of the surroundings travels: ``auto``, ``double``, ``whole`` or a margin in px."""
    if text == "auto":
        return None
    if text in ("double", "whole"):
        return Context(mode=f"MODE_{text.upper()}")
    if text.isascii() and text.isdigit() and 32 <= int(text) <= 4096:
        return Context(mode=Context.MODE_MARGIN, margin=int(text))
    raise BadInput(f"--context is auto, double, whole or a margin of 32 to 4096 px, not {text!r}.")
