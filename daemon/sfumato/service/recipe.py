"""Recipes: from the wire's stages to passes that one engine can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sfumato.engines.parameters import Gray, MaskedContent, Operation, Parameters
from sfumato.engines.work import Stage
from sfumato.models.recipes import Recipe
from sfumato.service.ability import GET_A_MODEL, resolved
from sfumato.service.catalogue import FILL, Catalogue, ModelCard
from sfumato.service.parameters import parsed
from sfumato.service.presets import usual_operation
from sfumato.service.status import Refusal, invalid, unsupported
from sfumato.service.vocabulary import OPERATIONS
from sfumato_client.wire import models_pb2
from sfumato_client.wire import parameters_pb2 as pb

MOST = 8
SEAM_STRENGTH = 0.35
"""Enough to join what meets at a seam, too little to paint something else there."""
LEAST_STEPS = 8
"""With fewer, that strength would leave no more than one step or two."""
MAX_NAME = 64
# What the whole edit has, and no pass of it alone.
_SHARED = ("gray", "grow", "feather", "context", "seed", "variations", "controls", "references")
# What is said for models, and not for the fills among them, unless a stage says it itself.
_FOR_MODELS = (
    "operation",
    "prompt",
    "negative_prompt",
    "preset",
    "strength",
    "steps",
    "guidance",
    "scheduler",
    "masked_content",
    "loras",
    "controls",
    "references",
    "true_guidance",
    "enhance_prompt",
)
# Engines that share a host where a recipe needs both.
_TOGETHER = {"fill", "diffusion"}


def passes(
    shared: pb.Parameters,
    stages: Sequence[pb.Stage],
    extras: Sequence[int],
    seed: int,
    catalogue: Catalogue,
) -> tuple[tuple[Stage, ...], Parameters, ModelCard]:
    """The passes, the parameters of the first, and the card of a model whose engine does them all.

    ``extras`` are as in ``parsed``. A ``Refusal`` names the field.
    """
    if shared.seam_pass:
        raise invalid(
            "parameters.seam_pass",
            "A recipe passes over the seam in a stage of its own: add one with boundary.",
        )
    if len(stages) > MOST:
        raise invalid("stages", f"A recipe has at most {MOST} stages, not {len(stages)}.")
    made: list[Stage] = []
    cards: list[ModelCard] = []
    for index, stage in enumerate(stages):
        path = f"stages[{index}]"
        _check(stage, path, [each.name for each in made])
        wanted = pb.Parameters()
        wanted.CopyFrom(shared)
        if stage.parameters.model == FILL.name:
            for name in _FOR_MODELS:
                wanted.ClearField(name)
        if stage.parameters.loras:
            del wanted.loras[:]
        wanted.MergeFrom(stage.parameters)
        usual = usual_operation(wanted.preset, wanted.model, catalogue)
        parameters, card = resolved(parsed(wanted, extras, seed, usual), catalogue)
        made.append(Stage(stage.name, parameters, stage.emit_result, stage.boundary))
        cards.append(card)
    engines = {card.engine for card in cards}
    if len(engines) > 1 and engines != _TOGETHER:
        raise unsupported(
            "STAGES_OF_SEVERAL_ENGINES",
            f"One engine does all stages of a recipe, but these need {', '.join(sorted(engines))}.",
            "stages",
        )
    # Who paints can also fill.
    card = next((each for each in cards if each.engine != FILL.engine), cards[0])
    return tuple(made), made[0].parameters, card


def named_passes(
    wanted: pb.Parameters, extras: Sequence[int], seed: int, catalogue: Catalogue
) -> tuple[tuple[Stage, ...], Parameters, ModelCard]:
    """The same for the recipe that ``wanted`` names as its preset.

    The parameters are what was asked for and the recipe's name, not those of the first pass: so who
    repeats them gets the same recipe again.
    """
    recipe = catalogue.recipes[wanted.preset]
    shared = pb.Parameters()
    shared.CopyFrom(wanted)
    shared.ClearField("preset")
    try:
        stages, _, card = passes(shared, recipe.messages, extras, seed, catalogue)
    except Refusal as refusal:
        if wanted.prompt or wanted.model or _runs(recipe, FILL, Operation.REMOVE, catalogue):
            raise
        advice = "Say in the prompt what should be there, or choose a model to remove with."
        raise unsupported(
            "RECIPE_PAINTS",
            f"{recipe.title} paints with a model. {advice if catalogue.default else GET_A_MODEL}",
            "parameters.preset",
        ) from refusal
    does = [stage.parameters.operation for stage in stages]
    asked = replace(
        parsed(shared, extras, seed),
        operation=next((each for each in does if each is not Operation.REMOVE), Operation.REMOVE),
        preset=recipe.name,
        model=card.name,
    )
    return stages, asked, card


def listed(recipe: Recipe, catalogue: Catalogue) -> models_pb2.Preset:
    """A recipe as clients choose it, with every model that can run it."""
    able = [
        told for card in catalogue.models.values() if (told := _stated(recipe, card, catalogue))
    ]
    default = next((told for told in able if told.model == catalogue.default), None)
    usual = pb.Parameters(preset=recipe.name)
    return models_pb2.Preset(
        name=recipe.name,
        title=recipe.title,
        description=recipe.description,
        parameters=default or next(iter(able), usual),
        stages=recipe.messages,
        models=able,
        own=recipe.own,
    )


def _stated(recipe: Recipe, card: ModelCard, catalogue: Catalogue) -> pb.Parameters | None:
    """What a recipe sets for a model; None if that cannot run it, or has no part in it."""
    able = [each for each in card.operations if _runs(recipe, card, each, catalogue)]
    if not able:
        return None
    # Where there is no choice it is said.
    only = OPERATIONS.wire(able[0] if len(able) == 1 else None)
    return pb.Parameters(preset=recipe.name, model=card.name, operation=only)


def _runs(recipe: Recipe, card: ModelCard, operation: Operation, catalogue: Catalogue) -> bool:
    shared = pb.Parameters(model=card.name, operation=OPERATIONS.wire(operation))
    if operation is not Operation.REMOVE:
        shared.prompt = "anything"
    try:
        stages, _, _ = passes(shared, recipe.messages, (), 0, catalogue)
    except Refusal:
        return False
    return any(stage.parameters.model == card.name for stage in stages)


def seam_passes(parameters: Parameters, card: ModelCard) -> tuple[Stage, ...]:
    """An edit with a further pass over its seam, as the recipe that it is; empty without one.

    ``parameters`` keep the wish, so that it is told with the result.
    """
    if not parameters.seam_pass:
        return ()
    if parameters.gray is Gray.PARTIAL:
        raise invalid(
            "parameters.seam_pass",
            "What changes by degrees has no seam to pass over. Use gray as opacity (blend).",
        )
    asked = replace(parameters, seam_pass=False)
    light = replace(
        asked,
        strength=SEAM_STRENGTH,
        steps=max(asked.steps or card.defaults.steps, LEAST_STEPS),
        masked_content=MaskedContent.ORIGINAL,
    )
    return Stage("paint", asked), Stage("seam", light, boundary=True)


def _check(stage: pb.Stage, path: str, names: Sequence[str]) -> None:
    if not stage.name or len(stage.name) > MAX_NAME or not stage.name.isprintable():
        raise invalid(f"{path}.name", f"A stage has a name of at most {MAX_NAME} characters.")
    if stage.name in names:
        raise invalid(f"{path}.name", f"Two stages are named {stage.name!r}.")
    if stage.boundary and not names:
        raise invalid(f"{path}.boundary", "The first stage makes all; its border comes later.")
    given = {field.name for field, _ in stage.parameters.ListFields()}
    for name in _SHARED:
        if name in given:
            raise invalid(
                f"{path}.parameters.{name}", f"All stages share {name}: say it for the whole edit."
            )
