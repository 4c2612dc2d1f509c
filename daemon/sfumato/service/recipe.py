"""Recipes: from the wire's stages to passes that one engine can do."""

from __future__ import annotations

from collections.abc import Sequence

from sfumato.engines.messages import Stage
from sfumato.engines.parameters import Parameters
from sfumato.service.ability import resolved
from sfumato.service.catalogue import Catalogue, ModelCard
from sfumato.service.parameters import parsed
from sfumato.service.presets import usual_operation
from sfumato.service.status import invalid, unsupported
from sfumato_client.wire import parameters_pb2 as pb

MOST = 8
MAX_NAME = 64
# What the whole edit has, and no pass of it alone.
_SHARED = ("gray", "grow", "feather", "context", "seed", "variations", "controls", "references")


def passes(
    shared: pb.Parameters, stages: Sequence[pb.Stage], seed: int, catalogue: Catalogue
) -> tuple[tuple[Stage, ...], Parameters, ModelCard]:
    """The passes, the parameters of the first, and its model; a ``Refusal`` names the field."""
    if len(stages) > MOST:
        raise invalid("stages", f"A recipe has at most {MOST} stages, not {len(stages)}.")
    made: list[Stage] = []
    cards: list[ModelCard] = []
    for index, stage in enumerate(stages):
        path = f"stages[{index}]"
        _check(stage, path, [each.name for each in made])
        wanted = pb.Parameters()
        wanted.CopyFrom(shared)
        if stage.parameters.loras:
            del wanted.loras[:]
        wanted.MergeFrom(stage.parameters)
        usual = usual_operation(wanted.preset, wanted.model, catalogue)
        parameters, card = resolved(parsed(wanted, (), seed, usual), catalogue)
        made.append(Stage(stage.name, parameters, stage.emit_result, stage.boundary))
        cards.append(card)
    if len({card.engine for card in cards}) > 1:
        raise unsupported(
            "STAGES_OF_SEVERAL_ENGINES",
            "All stages of a recipe need the same engine: fill alone, or diffusion models. To "
            "begin a model's work from a fill, use the masked content `fill`.",
            "stages",
        )
    return tuple(made), made[0].parameters, cards[0]


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
