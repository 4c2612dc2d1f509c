"""Where results go, and what is told of how they were made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sfumato.cli.options import DAEMON, PICTURES, Force, Json, Out


class Record(StrEnum):
    """What a result's file tells of how it was made."""

    NONE = "none"
    PARAMETERS = "parameters"
    PROMPTS = "prompts"


@dataclass(frozen=True)
class Output:
    """The files of one edit."""

    out: Out
    layer: Annotated[
        Path | None,
        typer.Option(
            metavar="LAYER.png",
            help="Also write the result alone, as a layer of the picture's size.",
            rich_help_panel=PICTURES,
        ),
    ] = None


@dataclass(frozen=True)
class Keeping:
    """What may be replaced, and what is kept and told."""

    force: Force = False
    record: Annotated[
        Record,
        typer.Option(
            "--record",
            envvar="SFUMATO_RECORD",
            help="What a PNG tells of how it was made: nothing, the parameters, also the prompts.",
            rich_help_panel=PICTURES,
        ),
    ] = Record.PARAMETERS
    private: Annotated[
        bool,
        typer.Option(
            "--private",
            help="Let the daemon keep nothing of it once the result is here.",
            rich_help_panel=DAEMON,
        ),
    ] = False
    json: Json = False
