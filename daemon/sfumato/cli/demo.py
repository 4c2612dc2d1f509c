"""``sfumato demo``: a real photograph, a selection, and what the daemon makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.markup import escape
from rich.table import Table

import sfumato
from sfumato.cli.comparison import Rgb, side_by_side
from sfumato.cli.console import out as console
from sfumato.cli.console import say
from sfumato.cli.editing import perform
from sfumato.cli.failures import BadInput
from sfumato.cli.outcome import Outcome
from sfumato.cli.request import Request
from sfumato.cli.results import Target, summary, write_results
from sfumato.cli.selecting import Selecting, selected
from sfumato.imaging.depth import converted
from sfumato.picture.picture import Format, Metadata, Picture
from sfumato.picture.reading import read
from sfumato.picture.writing import encode, write_atomically
from sfumato_client.wire.parameters_pb2 import Parameters

Into = Annotated[Path, typer.Option(metavar="DIR", help="Where to write the pictures.")]


def demo(into: Into = Path("demo")) -> None:
    """Remove something from a photograph, end to end, and show it."""
    examples = _examples()
    photograph, mask = _photograph(examples), examples / "selection.png"
    picture = read(photograph)
    selection = selected(picture.extent, Selecting(mask=mask))
    outcome = perform(Request(picture, selection, Parameters(), "demo"))
    into.mkdir(parents=True, exist_ok=True)
    target = Target(into / "result.png", into / "layer.png")
    write_results(picture, outcome, [target])
    before_after = into / "before-after.png"
    after = read(target.out)
    coverage = np.zeros((picture.extent.height, picture.extent.width), np.uint8)
    bounds = selection.bounds
    coverage[bounds.y : bounds.bottom, bounds.x : bounds.right] = np.frombuffer(
        selection.coverage, np.uint8
    ).reshape(bounds.height, bounds.width)
    shown = side_by_side(_rgb(picture), _rgb(after), coverage)
    profile = Metadata(icc=picture.metadata.icc if picture.samples > 2 else b"")
    write_atomically(before_after, encode(Picture(shown, metadata=profile), Format.PNG))
    _tell(outcome, [target.out, into / "layer.png", before_after])
    say(summary(picture, outcome))


def _examples() -> Path:
    """The directory of example pictures, in the package or in the checkout."""
    package = Path(sfumato.__file__).parent
    for folder in (package / "examples", package.parents[1] / "examples"):
        if (folder / "selection.png").is_file():
            return folder
    raise BadInput(
        "This installation has no example pictures. Try a picture of your own: sfumato inpaint "
        "IMAGE --box L,T,R,B -o OUT"
    )


def _photograph(examples: Path) -> Path:
    found = sorted(examples.glob("photograph.*"))
    if not found:
        raise BadInput(f"There is no photograph in {examples}.")
    return found[0]


def _rgb(picture: Picture) -> Rgb:
    pixels = converted(picture.pixels, np.uint8)
    color = pixels[..., :3] if picture.samples > 2 else pixels[..., [0, 0, 0]]
    return np.asarray(color, np.uint8)


def _tell(outcome: Outcome, paths: list[Path]) -> None:
    table = Table.grid(padding=(0, 2))
    for stage, seconds in outcome.seconds.items():
        table.add_row(stage, f"{seconds:6.2f} s")
    console.print(table)
    for path in paths:
        console.print(f"[green]{escape(str(path.absolute()))}[/green]")
