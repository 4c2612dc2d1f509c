"""``sfumato outpaint``: more canvas around a picture, painted to go on from it."""

from __future__ import annotations

from typing import Annotated

import typer

from sfumato.cli import options
from sfumato.cli.additions import Added
from sfumato.cli.asking import asked
from sfumato.cli.console import print_json
from sfumato.cli.daemon import Named
from sfumato.cli.editing import Request, perform
from sfumato.cli.failures import BadInput
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


def outpaint(
    image: options.Image,
    out: options.Out,
    left: Pixels = 0,
    right: Pixels = 0,
    top: Pixels = 0,
    bottom: Pixels = 0,
    aspect: Aspect = "",
    anchor: Where = "center",
    overlap: Overlap = None,
    prompt: options.Prompt = "",
    negative_prompt: options.NegativePrompt = "",
    model: options.Model = "",
    steps: options.Steps = None,
    guidance: options.Guidance = None,
    strength: options.Strength = None,
    seed: options.Seed = None,
    scheduler: options.Sampler = None,
    lora: options.Loras = None,
    reference: options.References = None,
    preset: options.Preset = "extend",
    enhance: options.Enhance = False,
    variations: options.Variations = 1,
    layer: options.Layer = None,
    force: options.Force = False,
    record: options.Recorded = options.Record.PARAMETERS,
    private: options.Private = False,
    json: options.Json = False,
    address: options.Address = "",
    token: options.Token = "",
    trust: options.Trust = "",
    join: options.Join = "",
) -> None:
    """Add canvas around a picture and continue the picture there.

    Without a prompt its textures and lines go on; with one, a model paints what it says.
    """
    targets = checked_targets(out, layer, variations, force)
    picture = read(image)
    sides = chosen_sides(picture.extent, Sides(left, top, right, bottom), aspect, anchor)
    growth = Growth.of(picture.extent, sides, overlap)
    larger = grown(picture, sides)
    _, losses = fitted(larger, format_of(out))
    parameters = asked(
        prompt=prompt,
        negative_prompt=negative_prompt,
        model=model,
        steps=steps,
        guidance=guidance,
        strength=strength,
        seed=seed,
        scheduler=scheduler,
        preset=preset,
        enhance=enhance,
        variations=variations,
    )
    added = Added(lora or (), references=reference or ())
    request = Request(larger, growth, parameters, image.name, added=added, private=private)
    outcome = perform(request, Named(address, token, trust, join), losses)
    write_results(larger, outcome, targets, record)
    if json:
        print_json(report(larger, outcome, targets))
    else:
        tell(larger, outcome, targets)


def chosen_sides(picture: Extent, sides: Sides, aspect: str, anchor: str) -> Sides:
    """The sides that were given, or those that make the aspect; ``BadInput`` for both or none."""
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
