"""The options of ``sfumato inpaint`` and of everything that talks to a daemon."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sfumato.cli.additions import (
    Control,
    Lora,
    Reference,
    parse_control,
    parse_lora,
    parse_reference,
)
from sfumato.cli.polygons import Polygon, parse_box, parse_polygon
from sfumato.engines.parameters import Gray, MaskedContent, Scheduler
from sfumato_client.geometry import Bounds

_PICTURES = "Pictures"
_SELECTION = "Selection"
_GENERATION = "Generation (needs a model)"
_DAEMON = "Daemon"


class Record(StrEnum):
    """What a result's file tells of how it was made."""

    NONE = "none"
    PARAMETERS = "parameters"
    PROMPTS = "prompts"


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
        rich_help_panel=_PICTURES,
    ),
]
Layer = Annotated[
    Path | None,
    typer.Option(
        metavar="LAYER.png",
        help="Also write the result alone, as a layer of the picture's size.",
        rich_help_panel=_PICTURES,
    ),
]
Force = Annotated[
    bool,
    typer.Option("--force", "-f", help="Overwrite existing files.", rich_help_panel=_PICTURES),
]
Mask = Annotated[
    Path | None,
    typer.Option(
        metavar="MASK",
        help="A picture of the same size: white is regenerated, gray in part.",
        rich_help_panel=_SELECTION,
    ),
]
Boxes = Annotated[
    list[Bounds] | None,
    typer.Option(
        "--box",
        metavar="L,T,R,B",
        parser=parse_box,
        help="A rectangle in pixels. May be given several times.",
        rich_help_panel=_SELECTION,
    ),
]
Polygons = Annotated[
    list[Polygon] | None,
    typer.Option(
        "--polygon",
        metavar="X,Y X,Y X,Y...",
        parser=parse_polygon,
        help="A polygon in pixels. May be given several times.",
        rich_help_panel=_SELECTION,
    ),
]
Grow = Annotated[
    float | None,
    typer.Option(
        metavar="PX",
        min=0,
        max=256,
        help="Cover so much around the selection in full. Default: 4; 0 for a soft selection.",
        rich_help_panel=_SELECTION,
    ),
]
Feather = Annotated[
    float | None,
    typer.Option(
        metavar="PX",
        min=0,
        max=512,
        help="Fade over so much around that. Default: by the selection's thickness.",
        rich_help_panel=_SELECTION,
    ),
]
GrayMeaning = Annotated[
    Gray,
    typer.Option(
        help="What gray in the mask is: opacity, or how far pixels may change.",
        rich_help_panel=_SELECTION,
    ),
]
Surroundings = Annotated[
    str,
    typer.Option(
        "--context",
        metavar="auto|double|whole|PX",
        help="How much around the selection the engine looks at; little of it zooms in.",
        rich_help_panel=_SELECTION,
    ),
]
Prompt = Annotated[
    str,
    typer.Option(
        metavar="TEXT",
        help="What should be there. Without it, what is selected is removed.",
        rich_help_panel=_GENERATION,
    ),
]
Instruct = Annotated[
    bool,
    typer.Option(
        "--instruct",
        help="The prompt is an instruction, like 'make the jacket red'.",
        rich_help_panel=_GENERATION,
    ),
]
NegativePrompt = Annotated[
    str,
    typer.Option(metavar="TEXT", help="What should not be there.", rich_help_panel=_GENERATION),
]
Model = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="A model of `sfumato models`. Default: fill without a prompt.",
        rich_help_panel=_GENERATION,
    ),
]
Strength = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="How far to change it.", rich_help_panel=_GENERATION),
]
Steps = Annotated[
    int | None,
    typer.Option(min=1, max=150, help="Denoising steps.", rich_help_panel=_GENERATION),
]
Guidance = Annotated[
    float | None,
    typer.Option(min=0, max=50, help="How closely to follow.", rich_help_panel=_GENERATION),
]
Seed = Annotated[
    int | None,
    typer.Option(min=0, max=2**63 - 1, help="Repeats a result.", rich_help_panel=_GENERATION),
]
Sampler = Annotated[
    Scheduler | None,
    typer.Option("--scheduler", help="The sampler.", rich_help_panel=_GENERATION),
]
Start = Annotated[
    MaskedContent | None,
    typer.Option(
        "--masked-content", help="What stands there at first.", rich_help_panel=_GENERATION
    ),
]
Loras = Annotated[
    list[Lora] | None,
    typer.Option(
        "--lora",
        metavar="NAME[:WEIGHT]",
        parser=parse_lora,
        help="A LoRA of `sfumato models`. May be given several times.",
        rich_help_panel=_GENERATION,
    ),
]
Controls = Annotated[
    list[Control] | None,
    typer.Option(
        "--control",
        metavar="KIND[=IMAGE][:WEIGHT]",
        parser=parse_control,
        help="Keep to the edges (canny) or the depth of IMAGE, or of the picture itself.",
        rich_help_panel=_GENERATION,
    ),
]
References = Annotated[
    list[Reference] | None,
    typer.Option(
        "--reference",
        metavar="IMAGE[:WEIGHT]",
        parser=parse_reference,
        help="A picture whose style or subject the result should have.",
        rich_help_panel=_GENERATION,
    ),
]
Preset = Annotated[
    str,
    typer.Option(metavar="NAME", help="An intention of `sfumato presets`, with good values."),
]
Enhance = Annotated[
    bool,
    typer.Option(
        "--enhance",
        help="Add light, perspective and style of the picture to the prompt, and say what.",
        rich_help_panel=_GENERATION,
    ),
]
Variations = Annotated[
    int,
    typer.Option(
        min=1,
        max=8,
        help="How many results; OUT becomes OUT-1, OUT-2 and so on.",
        rich_help_panel=_GENERATION,
    ),
]
Address = Annotated[
    str,
    typer.Option(
        metavar="HOST:PORT",
        envvar="SFUMATO_ADDRESS",
        help="A running daemon. Default: this user's own.",
        rich_help_panel=_DAEMON,
    ),
]
Token = Annotated[
    str,
    typer.Option(
        metavar="TOKEN",
        envvar="SFUMATO_TOKEN",
        help="Its token. Default: the one in the state directory.",
        rich_help_panel=_DAEMON,
    ),
]
Trust = Annotated[
    str,
    typer.Option(
        metavar="WHOM",
        envvar="SFUMATO_TRUST",
        help="How it proves itself: its certificate's SHA-256, `system`, or a file of authorities.",
        rich_help_panel=_DAEMON,
    ),
]
Join = Annotated[
    str,
    typer.Option(
        metavar="STRING",
        envvar="SFUMATO_JOIN",
        help="All of that in one, as `sfumato token create NAME --join` prints it.",
        rich_help_panel=_DAEMON,
    ),
]
StateDirectory = Annotated[
    Path | None,
    typer.Option("--state-dir", metavar="DIR", help="The daemon's, if it is not the usual one."),
]
JobId = Annotated[str, typer.Argument(metavar="JOB", help="A job's id, or how it begins.")]
Private = Annotated[
    bool,
    typer.Option(
        "--private",
        help="Let the daemon keep nothing of it once the result is here.",
        rich_help_panel=_DAEMON,
    ),
]
Recorded = Annotated[
    Record,
    typer.Option(
        "--record",
        envvar="SFUMATO_RECORD",
        help="What a PNG tells of how it was made: nothing, the parameters, also the prompts.",
        rich_help_panel=_PICTURES,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
