"""What an edit leaves: files, a line for a person, an object for a program."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

from rich.markup import escape

import sfumato
from sfumato.cli.console import out as console
from sfumato.cli.console import say
from sfumato.cli.failures import BadInput
from sfumato.cli.outcome import Outcome
from sfumato.cli.output import Output, Record
from sfumato.picture import openraster
from sfumato.picture.laying import layer as layer_of
from sfumato.picture.laying import retouched
from sfumato.picture.picture import Format, Picture
from sfumato.picture.writing import check_target, encode, fitted, format_of, write_atomically
from sfumato_client.errors import Protocol
from sfumato_client.events import Result
from sfumato_client.geometry import Bounds
from sfumato_client.layer import layer_name, record
from sfumato_client.wire.parameters_pb2 import Parameters


class Target(NamedTuple):
    """Where one variation goes; ``stage`` names the pass of a recipe, if it is not the last."""

    out: Path
    layer: Path | None
    variation: int = 0
    stage: str = ""


def checked_targets(
    output: Output, variations: int, force: bool, stages: Sequence[str] = ()
) -> list[Target]:
    """The files to write, each checked before any work is done."""
    targets = targets_of(output, variations, stages)
    for path in paths_of(targets):
        check_target(path, force)
    return targets


def targets_of(output: Output, variations: int, stages: Sequence[str] = ()) -> list[Target]:
    """The files to write; ``BadInput`` for names that cannot be.

    What the earlier ``stages`` of a recipe make goes beside the results, under their names.
    """
    out, layer = output.out, output.layer
    if layer is not None and format_of(layer) in (Format.JPEG, Format.OPENRASTER):
        raise BadInput("A layer alone is a picture with transparency; name it .png or .tif.")
    if layer is not None and layer.absolute() == out.absolute():
        raise BadInput("OUT and LAYER are the same file; give them two names.")
    numbers = [""] if variations == 1 else [f"-{number}" for number in range(1, variations + 1)]
    return [
        Target(
            _numbered(out, ending + number),
            _numbered(layer, ending + number) if layer else None,
            variation,
            stage,
        )
        for stage, ending in (("", ""), *((stage, f"-{stage}") for stage in stages))
        for variation, number in enumerate(numbers)
    ]


def paths_of(targets: list[Target]) -> list[Path]:
    """Every file of some targets."""
    return [path for target in targets for path in (target.out, target.layer) if path is not None]


def write_results(
    picture: Picture, outcome: Outcome, targets: list[Target], told: Record = Record.NONE
) -> None:
    """Write each variation's picture, and its layer where one is wanted.

    PNGs get ``told`` of how they were made.
    """
    begun = time.perf_counter()
    for path, data in files_of(picture, outcome, targets, told):
        write_atomically(path, data)
    outcome.seconds["write"] = time.perf_counter() - begun


def files_of(
    picture: Picture, outcome: Outcome, targets: list[Target], told: Record
) -> Iterator[tuple[Path, bytes]]:
    """The files of each variation, one at a time, and what goes into them."""
    made = outcome.made
    if not made.keys() >= {(target.stage, target.variation) for target in targets}:
        raise Protocol(f"The daemon made {len(made)} results, not the {len(targets)} asked for.")
    for target in targets:
        result = made[target.stage, target.variation]
        patches = outcome.patches(result)
        records = _records(outcome, result, told)
        after = retouched(picture, patches, outcome.encoding).with_records(records)
        alone = layer_of(picture, patches, outcome.encoding).with_records(records)
        whole, _ = fitted(after, format_of(target.out))
        if format_of(target.out) is Format.OPENRASTER:
            layers = _layers(picture, alone, _title(outcome, result, told))
            yield target.out, openraster.encode(whole, layers)
        else:
            yield target.out, encode(whole, format_of(target.out))
        if target.layer is not None:
            kind = format_of(target.layer)
            yield target.layer, encode(fitted(alone, kind)[0], kind)


def report(picture: Picture, outcome: Outcome, targets: list[Target]) -> dict[str, Any]:
    """What a program may want to know."""
    return {
        "results": [
            {
                "out": str(target.out),
                "layer": str(target.layer) if target.layer else None,
                "seed": outcome.made[target.stage, target.variation].seed,
                **({"stage": target.stage} if target.stage else {}),
            }
            for target in targets
        ],
        "parameters": outcome.settings,
        "pixels": {
            "picture": picture.extent.area,
            "sent": outcome.pixels_sent,
            "windows": len(outcome.windows),
        },
        "seconds": {name: round(value, 3) for name, value in outcome.seconds.items()},
        "notices": [notice._asdict() for notice in outcome.notices],
    }


def tell(picture: Picture, outcome: Outcome, targets: list[Target]) -> None:
    """Tell a person what was written."""
    for target in targets:
        console.print(f"[green]{escape(str(target.out))}[/green]")
        if target.layer is not None:
            console.print(f"[green]{escape(str(target.layer))}[/green] (layer)")
    say(summary(picture, outcome))


def summary(picture: Picture, outcome: Outcome) -> str:
    """One line: what was sent and how long it took."""
    sent, whole = outcome.pixels_sent / 1e6, picture.extent.area / 1e6
    pieces = f" in {len(outcome.windows)} windows" if len(outcome.windows) > 1 else ""
    return (
        f"{outcome.seconds['in all']:.1f} s with {outcome.resolved.model or 'the daemon'}; "
        f"sent {sent:.2f} of {whole:.2f} megapixels{pieces}."
    )


def _layers(picture: Picture, alone: Picture, name: str) -> list[openraster.Layer]:
    """The picture as it was, and over it what was made, which may be hidden or faded."""
    below, above = (fitted(each, Format.OPENRASTER)[0] for each in (picture, alone))
    return [openraster.Layer("Background", below), openraster.Layer(name, above)]


def _title(outcome: Outcome, result: Result, told: Record) -> str:
    """A layer's name, with the prompt only where the artist wants it told."""
    used = Parameters()
    used.CopyFrom(outcome.resolved)
    if told is not Record.PROMPTS:
        used.prompt = ""
    return layer_name(used, result.variation + 1, extended=outcome.extended)


def _numbered(path: Path, number: str) -> Path:
    return path.with_name(f"{path.stem}{number}{path.suffix}")


def _records(outcome: Outcome, result: Result, told: Record) -> tuple[bytes, ...]:
    if told is Record.NONE or outcome.done is None:
        return ()
    bounds = reduce(Bounds.union, outcome.windows)
    client = f"sfumato {sfumato.__version__}"
    prompts = told is Record.PROMPTS
    return (record(outcome.job, outcome.done, result.seed, bounds, client, prompts=prompts),)
