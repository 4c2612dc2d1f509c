"""Options that commands share one by one; those that go together are in groups of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sfumato.cli.polygons import parse_box
from sfumato_client.geometry import Bounds

PICTURES = "Pictures"
SELECTION = "Selection"
GENERATION = "Generation (needs a model)"
DAEMON = "Daemon"

Image = Annotated[
    Path, typer.Argument(metavar="IMAGE", help="The picture: PNG, JPEG, WebP or TIFF.")
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="OUT",
        help="Where to write the result; .ora keeps the picture and the result as two layers.",
        rich_help_panel=PICTURES,
    ),
]
Force = Annotated[
    bool,
    typer.Option("--force", "-f", help="Overwrite existing files.", rich_help_panel=PICTURES),
]
Boxes = Annotated[
    list[Bounds] | None,
    typer.Option(
        "--box",
        metavar="L,T,R,B",
        parser=parse_box,
        help="A rectangle in pixels. May be given several times.",
        rich_help_panel=SELECTION,
    ),
]
Preset = Annotated[
    str,
    typer.Option(metavar="NAME", help="An intention of `sfumato presets`, with good values."),
]
StateDirectory = Annotated[
    Path | None,
    typer.Option("--state-dir", metavar="DIR", help="The daemon's, if it is not the usual one."),
]
JobId = Annotated[str, typer.Argument(metavar="JOB", help="A job's id, or how it begins.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
