"""Recipes by their names: which models can run one, and what naming one as a preset asks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sfumato.engines.parameters import MaskedContent, Operation
from sfumato.models.presets import PresetError
from sfumato.models.recipes import Recipe, parsed, recipes, shipped
from sfumato.service.capabilities import models
from sfumato.service.catalogue import FILL, Catalogue
from sfumato.service.header import EditRequest, checked
from sfumato.service.installed import catalogue
from sfumato.service.status import Refusal
from sfumato.settings import Limits
from sfumato_client.wire import models_pb2
from sfumato_client.wire import parameters_pb2 as pb
from tests.support.cards import SDXL
from tests.support.edits import wire_edit

KONTEXT = replace(
    SDXL, name="kontext", operations=(Operation.INSTRUCT, Operation.GENERATE), strength=False
)
ALONE = Catalogue()
STUDIO = Catalogue(models={card.name: card for card in (FILL, SDXL, KONTEXT)}, default="big")


def own(text: str) -> Recipe:
    return parsed(text, "mine", "mine.toml", own=True)


def listed(known: Catalogue) -> dict[str, models_pb2.Preset]:
    return {preset.name: preset for preset in models(known).presets if preset.stages}


def asked(known: Catalogue = STUDIO, **parameters: object) -> EditRequest:
    edit = wire_edit()
    edit.header.parameters.MergeFrom(pb.Parameters(**parameters))
    return checked(edit.header, Limits(), known)


def test_recipes_are_listed_with_their_stages_and_the_models_that_can_run_them() -> None:
    found = listed(STUDIO)
    assert list(found) == ["careful", "fill", "seam"]
    careful = found["careful"]
    assert (careful.title, careful.own) == ("Clean replace", False)
    assert [stage.name for stage in careful.stages] == ["broad", "refine", "boundary"]
    assert careful.stages[1].parameters.strength == pytest.approx(0.45)
    assert careful.stages[2].boundary
    # Kontext has no strength, and fill does not paint.
    assert [told.model for told in careful.models] == ["big"]
    assert not careful.models[0].operation
    (fill,) = found["fill"].models
    assert (fill.model, fill.operation) == ("fill", pb.OPERATION_REMOVE)


def test_without_a_model_a_recipe_that_paints_names_none() -> None:
    found = listed(ALONE)
    assert not found["careful"].models
    assert [told.model for told in found["fill"].models] == ["fill"]


def test_a_recipe_that_begins_with_a_fill_is_run_by_the_model_that_paints() -> None:
    mixed = own(
        '[[stages]]\nname = "empty"\nmodel = "fill"\n\n'
        '[[stages]]\nname = "paint"\nstrength = 0.5\nmasked_content = "original"\n'
    )
    found = listed(replace(STUDIO, recipes={"mine": mixed}))["mine"]
    assert found.own
    assert [told.model for told in found.models] == ["big"]


def test_naming_one_asks_for_its_stages_with_what_is_said_beside() -> None:
    found = asked(preset="careful", prompt="a vase", seed=3, steps=12, variations=2)
    assert [stage.name for stage in found.stages] == ["broad", "refine", "boundary"]
    broad, refine, _ = (stage.parameters for stage in found.stages)
    assert (broad.model, broad.prompt, broad.steps, broad.preset) == ("big", "a vase", 12, "")
    assert refine.strength == pytest.approx(0.45)
    assert refine.masked_content is MaskedContent.ORIGINAL
    assert [stage.emit for stage in found.stages] == [True, True, False]


def test_its_parameters_ask_for_the_same_again() -> None:
    found = asked(preset="careful", prompt="a vase", steps=12)
    told = found.parameters
    assert (told.preset, told.model, told.operation) == ("careful", "big", Operation.GENERATE)
    assert (told.prompt, told.steps, told.strength) == ("a vase", 12, None)
    again = asked(preset=told.preset, prompt=told.prompt, steps=told.steps, model=told.model)
    assert again.stages == tuple(
        replace(stage, parameters=replace(stage.parameters, seed=again.parameters.seed))
        for stage in found.stages
    )


def test_one_that_fills_does_so_whatever_is_said_for_models() -> None:
    found = asked(preset="fill", prompt="a vase", model="big", strength=0.5)
    assert {stage.parameters.model for stage in found.stages} == {"fill"}
    assert (found.engine, found.parameters.operation) == ("fill", Operation.REMOVE)


@pytest.mark.parametrize(
    ("known", "words"), [(STUDIO, "Say in the prompt"), (ALONE, "sfumato models pull")]
)
def test_one_that_paints_says_what_it_needs(known: Catalogue, words: str) -> None:
    with pytest.raises(Refusal, match=f"Clean replace paints with a model.*{words}"):
        asked(known, preset="careful")


def test_one_cannot_be_named_beside_stages_or_as_a_stage_s_preset() -> None:
    edit = wire_edit()
    edit.header.parameters.preset = "fill"
    edit.header.stages.add(name="x")
    with pytest.raises(Refusal, match="stages of its own"):
        checked(edit.header, Limits(), STUDIO)
    edit.header.parameters.preset = ""
    edit.header.stages[0].parameters.preset = "fill"
    with pytest.raises(Refusal, match="no preset 'fill'"):
        checked(edit.header, Limits(), STUDIO)


def test_own_recipes_are_files_beside_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('[[stages]]\nname = "x"\n')
    found = recipes(tmp_path)
    assert list(found) == [*shipped(), "mine"]
    assert (found["mine"].title, found["mine"].own) == ("mine", True)
    assert recipes(tmp_path / "none") == shipped()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "x"\n[[stages]]\nname = "x"\n', "no key name"),
        ('[[stages]]\nname = "x"\nfeather = 7\n', "mine.toml: stages.0.feather"),
        ("stages = [", "not a TOML file"),
    ],
)
def test_a_wrong_recipe_is_refused_with_its_file(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(PresetError, match=words):
        recipes(tmp_path)


def test_a_preset_and_a_recipe_have_different_names(tmp_path: Path) -> None:
    (tmp_path / "replace.toml").write_text('[[stages]]\nname = "x"\n')
    with pytest.raises(PresetError, match="a preset replace and a recipe replace"):
        catalogue({}, tmp_path / "none", tmp_path)
