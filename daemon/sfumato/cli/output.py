"""Where results go, and what is told of how they were made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sfumato.cli.options import DAEMON, PICTURES, Force, Json, Out
from sfumato.picture.picture import Picture
from sfumato.picture.stripping import stripped


class Record(StrEnum):
    """What a result's file tells of how it was made."""

    NONE = "none"
    PARAMETERS = "parameters"
    PROMPTS = "prompts"


class Kept(StrEnum):
    """What a result's file has of the picture's metadata: EXIF, XMP, comments and the like."""

    KEEP = "keep"
    STRIP = "strip"


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
    metadata: Annotated[
        Kept,
        typer.Option(
            help="The picture's EXIF, XMP and texts; strip drops them, and tells nothing anew.",
            rich_help_panel=PICTURES,
        ),
    ] = Kept.KEEP
    private: Annotated[
        bool,
        typer.Option(
            "--private",
            help="Let the daemon keep nothing of it once the result is here.",
            rich_help_panel=DAEMON,
        ),
    ] = False
    json: Json = False

    def of(self, picture: Picture) -> Picture:
        """A picture as its results will describe it."""
        return stripped(picture) if self.metadata is Kept.STRIP else picture

    @property
    def told(self) -> Record:
        """What results tell of how they were made."""
        return Record.NONE if self.metadata is Kept.STRIP else self.record
