"""What a preset becomes for the model at hand, and that explicit parameters win."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sfumato.engines.parameters import Gray, MaskedContent, Operation, Parameters, Scheduler
from sfumato.models import recipes
from sfumato.models.presets import Preset, shipped
from sfumato.service.capabilities import models
from sfumato.service.catalogue import FILL, Catalogue, Defaults
from sfumato.service.header import checked
from sfumato.service.presets import filled
from sfumato.service.status import Refusal
from sfumato.settings import Limits
from sfumato_client.wire import parameters_pb2 as pb
from tests.support.cards import SDXL
from tests.support.edits import wire_edit

KONTEXT = replace(
    SDXL, name="kontext", family="flux-kontext", operations=(Operation.INSTRUCT, Operation.GENERATE)
)
TURBO = replace(
    SDXL, name="turbo", family="z-image", defaults=Defaults(steps=9, guidance=0, guidance_max=8)
)
CATALOGUE = Catalogue(
    models={card.name: card for card in (FILL, SDXL, KONTEXT, TURBO)}, default="big"
)


def asked(**parameters: object) -> Parameters:
    edit = wire_edit()
    edit.header.parameters.MergeFrom(pb.Parameters(**parameters))
    return checked(edit.header, Limits(), CATALOGUE).parameters


def test_a_preset_fills_in_what_was_left_open() -> None:
    found = asked(preset="replace", prompt="a vase")
    assert (found.operation, found.model, found.strength) == (Operation.GENERATE, "big", 0.85)
    assert (found.steps, found.masked_content) == (30, MaskedContent.ORIGINAL)


def test_explicit_parameters_win_over_the_preset() -> None:
    found = asked(preset="replace", prompt="a vase", strength=0.5, steps=7)
    assert (found.strength, found.steps) == (0.5, 7)
    assert found.masked_content is MaskedContent.ORIGINAL


def test_guidance_is_relative_to_the_models_own_and_stays_sensible() -> None:
    assert asked(preset="insert", prompt="a cat").guidance == 6.5
    assert asked(preset="insert", prompt="a cat", model="turbo").guidance is None


def test_steps_are_relative_to_the_models_own() -> None:
    assert asked(preset="refine", prompt="a face", model="turbo").steps == 14


def test_a_preset_says_what_is_done_unless_the_client_does() -> None:
    assert asked(preset="remove").operation is Operation.REMOVE
    assert asked(preset="recolour", prompt="red", model="kontext").operation is Operation.INSTRUCT
    told = asked(preset="recolour", prompt="red", model="kontext", operation=2)
    assert told.operation is Operation.GENERATE


def test_the_engine_without_a_model_takes_a_preset_without_what_it_has_no_use_for() -> None:
    found = asked(preset="repair")
    assert (found.model, found.strength, found.masked_content) == ("fill", None, None)


def test_extending_removes_without_a_prompt_and_generates_with_one() -> None:
    assert asked(preset="extend").model == "fill"
    assert asked(preset="extend", prompt="a beach").model == "big"


def test_a_preset_that_generates_asks_for_its_prompt() -> None:
    with pytest.raises(Refusal, match="prompt"):
        asked(preset="replace")


def test_change_by_degrees_begins_from_the_picture_whatever_the_preset_says() -> None:
    found = filled(Parameters(gray=Gray.PARTIAL), shipped()["background"], SDXL)
    assert found.masked_content is None


def test_a_sampler_that_the_model_does_not_take_is_left_out() -> None:
    preset = Preset(name="x", title="X", scheduler=Scheduler.DDIM)
    assert filled(Parameters(), preset, SDXL).scheduler is None
    assert filled(Parameters(), preset, replace(SDXL, schedulers=(Scheduler.DDIM,))).scheduler


def test_presets_are_listed_with_their_values_for_each_model_that_can_do_them() -> None:
    listed = {preset.name: preset for preset in models(CATALOGUE).presets}
    assert list(listed) == [*shipped(), *recipes.shipped()]
    refine = listed["refine"]
    assert (refine.title, refine.own) == ("Refine detail", False)
    assert refine.parameters.model == "big"
    assert refine.parameters.strength == pytest.approx(0.4)
    assert refine.parameters.context.margin == 64
    assert (refine.grow, refine.feather) == (0, 16)
    assert not listed["replace"].HasField("feather")
    remove = {told.model: told for told in listed["remove"].models}
    assert set(remove) == {"fill", "big", "turbo"}
    assert not remove["fill"].HasField("strength")
    assert remove["big"].strength == 0.5
