"""``sfumato inpaint``: change the selected part of a picture."""

from __future__ import annotations

from sfumato.cli import options
from sfumato.cli.additions import Added
from sfumato.cli.asking import asked
from sfumato.cli.console import print_json
from sfumato.cli.daemon import Named
from sfumato.cli.editing import Request, perform
from sfumato.cli.results import checked_targets, report, tell, write_results
from sfumato.cli.selecting import selected
from sfumato.engines.parameters import Gray
from sfumato.picture.reading import read
from sfumato.picture.writing import fitted, format_of


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
    lora: options.Loras = None,
    control: options.Controls = None,
    reference: options.References = None,
    preset: options.Preset = "",
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
    """Remove what is selected, or paint there what a prompt says.

    Outside the selection and its feathered edge, OUT is IMAGE bit for bit.
    """
    parameters = asked(
        prompt=prompt,
        negative_prompt=negative_prompt,
        instruct=instruct,
        model=model,
        strength=strength,
        steps=steps,
        guidance=guidance,
        seed=seed,
        scheduler=scheduler,
        masked_content=masked_content,
        preset=preset,
        enhance=enhance,
        variations=variations,
        gray=gray,
        surroundings=surroundings,
    )
    targets = checked_targets(out, layer, variations, force)
    picture = read(image)
    _, losses = fitted(picture, format_of(out))
    selection = selected(picture.extent, mask, box or (), polygon or ())
    added = Added(lora or (), control or (), reference or ())
    request = Request(picture, selection, parameters, image.name, grow, feather, added, private)
    outcome = perform(request, Named(address, token, trust, join), losses)
    write_results(picture, outcome, targets, record)
    if json:
        print_json(report(picture, outcome, targets))
    else:
        tell(picture, outcome, targets)
