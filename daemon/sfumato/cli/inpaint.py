"""``sfumato inpaint``: change the selected part of a picture."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, NamedTuple

from rich.markup import escape

from sfumato.cli import options
from sfumato.cli.console import out as console
from sfumato.cli.console import print_json, say, warn
from sfumato.cli.editing import Outcome, perform
from sfumato.cli.failures import BadInput
from sfumato.cli.selecting import context, selected
from sfumato.engines.parameters import Gray
from sfumato.picture.laying import layer as layer_of
from sfumato.picture.laying import retouched
from sfumato.picture.picture import Format, Picture
from sfumato.picture.reading import read
from sfumato.picture.writing import check_target, encode, fitted, format_of, write_atomically
from sfumato_client.selection import Selection, softness
from sfumato_client.wire import parameters_pb2 as wire


class Target(NamedTuple):
    """Where one variation goes."""

    out: Path
    layer: Path | None


def inpaint(
    image: options.Image,
    out: options.Out,
    mask: options.Mask = None,
    box: options.Boxes = None,
    polygon: options.Polygons = None,
    grow: options.Grow = None,
    feather: options.Feather = None,
    gray: options.GrayMeaning = Gray.BLEND,
    surroundings: options.Surroundings = "auto",
    prompt: options.Prompt = "",
    negative_prompt: options.NegativePrompt = "",
    instruct: options.Instruct = False,
    model: options.Model = "",
    strength: options.Strength = None,
    steps: options.Steps = None,
    guidance: options.Guidance = None,
    seed: options.Seed = None,
    scheduler: options.Sampler = None,
    masked_content: options.Start = None,
    preset: options.Preset = "",
    variations: options.Variations = 1,
    layer: options.Layer = None,
    force: options.Force = False,
    json: options.Json = False,
    address: options.Address = "",
    token: options.Token = "",
) -> None:
    """Remove what is selected, or paint there what a prompt says.

    Outside the selection and its feathered edge, OUT is IMAGE bit for bit.
    """
    parameters = wire.Parameters(
        operation=wire.Operation.OPERATION_INSTRUCT if instruct else None,
        prompt=prompt,
        negative_prompt=negative_prompt,
        model=model,
        strength=strength,
        steps=steps,
        guidance=guidance,
        seed=seed,
        scheduler=f"SCHEDULER_{scheduler.name}" if scheduler else None,
        masked_content=f"MASKED_CONTENT_{masked_content.name}" if masked_content else None,
        preset=preset,
        variations=variations,
        gray=f"GRAY_MEANING_{gray.name}",
        context=context(surroundings),
    )
    targets = _targets(out, layer, variations, force)
    begun = time.perf_counter()
    picture = read(image)
    _, notices = fitted(picture, format_of(out))
    for notice in (*picture.notices, *notices):
        warn(notice.message)
    selection = selected(picture.extent, mask, box or (), polygon or ())
    _soften(parameters, selection, grow, feather)
    read_seconds = time.perf_counter() - begun
    outcome = perform(picture, selection, parameters, address, token)
    outcome.notices = [*picture.notices, *notices, *outcome.notices]
    outcome.seconds = {"read": read_seconds, **outcome.seconds}
    begun = time.perf_counter()
    write_results(picture, outcome, targets)
    outcome.seconds["write"] = time.perf_counter() - begun
    if json:
        print_json(_report(picture, outcome, targets))
    else:
        _tell(picture, outcome, targets)


def write_results(picture: Picture, outcome: Outcome, targets: list[Target]) -> None:
    """Write each variation's picture, and its layer where one is wanted."""
    if len(outcome.results) != len(targets):
        raise BadInput(f"The daemon made {len(outcome.results)} results, not {len(targets)}.")
    for result, target in zip(outcome.results, targets, strict=True):
        patches = outcome.patches(result)
        whole, _ = fitted(retouched(picture, patches, outcome.encoding), format_of(target.out))
        write_atomically(target.out, encode(whole, format_of(target.out)))
        if target.layer is not None:
            alone = layer_of(picture, patches, outcome.encoding)
            kind = format_of(target.layer)
            write_atomically(target.layer, encode(fitted(alone, kind)[0], kind))


def _soften(
    parameters: wire.Parameters, selection: Selection, grow: float | None, feather: float | None
) -> None:
    usual = softness(selection)
    parameters.grow = usual.grow if grow is None else grow
    parameters.feather = usual.feather if feather is None else feather


def _targets(out: Path, layer: Path | None, variations: int, force: bool) -> list[Target]:
    """The files to write, each checked before any work is done."""
    if layer is not None and format_of(layer) is Format.JPEG:
        raise BadInput("A layer needs transparency, which JPEG cannot hold; name it .png or .tif.")
    if layer is not None and layer.absolute() == out.absolute():
        raise BadInput("OUT and LAYER are the same file; give them two names.")
    numbers = [""] if variations == 1 else [f"-{number}" for number in range(1, variations + 1)]
    targets = [
        Target(_numbered(out, number), _numbered(layer, number) if layer else None)
        for number in numbers
    ]
    for target in targets:
        check_target(target.out, force)
        if target.layer is not None:
            check_target(target.layer, force)
    return targets


def _numbered(path: Path, number: str) -> Path:
    return path.with_name(f"{path.stem}{number}{path.suffix}")


def _report(picture: Picture, outcome: Outcome, targets: list[Target]) -> dict[str, Any]:
    """What a program may want to know."""
    return {
        "results": [
            {
                "out": str(target.out),
                "layer": str(target.layer) if target.layer else None,
                "seed": result.seed,
            }
            for result, target in zip(outcome.results, targets, strict=True)
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


def _tell(picture: Picture, outcome: Outcome, targets: list[Target]) -> None:
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
