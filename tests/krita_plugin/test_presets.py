"""Choosing a preset shows what it sets, and Remove takes no preset that paints."""

from __future__ import annotations

from dataclasses import replace

import pytest

from krita_plugin.offer import Offer
from krita_plugin.presets import filled, purpose
from krita_plugin.settings import Settings
from sfumato.models import recipes
from sfumato.models.presets import shipped
from sfumato.service.capabilities import capabilities, models
from sfumato.service.catalogue import FILL, Catalogue
from sfumato.settings import Limits
from sfumato_client import Operation, preset_title
from tests.service.test_presets import KONTEXT, SDXL, TURBO

CATALOGUE = Catalogue(
    models={card.name: card for card in (FILL, SDXL, KONTEXT, TURBO)}, default="big"
)
BARE = Catalogue(models={FILL.name: FILL}, default="")
REMOVE, GENERATE = Operation.OPERATION_REMOVE, Operation.OPERATION_GENERATE


def offered(catalogue: Catalogue = CATALOGUE) -> Offer:
    return Offer.of(capabilities(catalogue, Limits()), models(catalogue))


def chosen(name: str, model: str = "", before: Settings | None = None) -> Settings:
    offer = offered()
    preset = offer.preset(name)
    assert preset is not None
    return filled(replace(before or Settings(), model=model), preset, offer.model(model))


def test_every_preset_of_the_daemon_is_offered() -> None:
    names = [preset.name for preset in offered().usable_presets]
    assert names == [*shipped(), *recipes.shipped()]


def test_without_a_model_those_are_offered_that_remove() -> None:
    names = [preset.name for preset in offered(BARE).usable_presets]
    assert names == ["remove", "repair", "extend", "fill"]


def test_choosing_one_fills_in_what_it_sets_for_the_model() -> None:
    refine = chosen("refine")
    assert (refine.preset, refine.steps, refine.begin_with) == ("refine", 40, "original")
    assert refine.strength == pytest.approx(0.4)
    assert (refine.grow, refine.feather, refine.context, refine.margin) == (0, 16, "margin", 64)
    assert chosen("refine", "turbo").steps == 14


def test_what_it_leaves_open_is_automatic_again() -> None:
    before = Settings(prompt="a vase", steps=7, grow=9, feather=9, context="whole", seed=3)
    replaced = chosen("replace", before=before)
    assert (replaced.grow, replaced.feather, replaced.context) == (None, None, "auto")
    assert (replaced.prompt, replaced.seed, replaced.steps) == ("a vase", 3, 30)


@pytest.mark.parametrize(
    ("preset", "model", "operation", "wanted"),
    [
        ("", "", REMOVE, None),
        ("remove", "", REMOVE, None),
        ("replace", "big", REMOVE, None),
        ("remove", "big", REMOVE, "big"),
        ("remove", "kontext", REMOVE, None),
        ("remove", "", GENERATE, "big"),
        ("", "turbo", GENERATE, "turbo"),
    ],
)
def test_fill_removes_unless_a_model_is_chosen_to_do_it(
    preset: str, model: str, operation: Operation, wanted: str | None
) -> None:
    found = offered().model_for(operation, Settings(preset=preset, model=model))
    assert (found.name if found is not None else None) == wanted


@pytest.mark.parametrize(
    ("preset", "operation", "wanted"),
    [
        ("replace", REMOVE, None),
        ("repair", REMOVE, "repair"),
        ("extend", REMOVE, "extend"),
        ("replace", GENERATE, "replace"),
        ("unknown", GENERATE, None),
        ("careful", GENERATE, "careful"),
        ("careful", REMOVE, None),
        ("fill", REMOVE, "fill"),
        ("fill", GENERATE, None),
    ],
)
def test_remove_takes_no_preset_that_paints(
    preset: str, operation: Operation, wanted: str | None
) -> None:
    found = offered().preset_for(operation, Settings(preset=preset))
    assert (found.name if found is not None else None) == wanted


def test_remove_takes_a_recipe_that_paints_with_a_model_that_is_chosen() -> None:
    offer, careful = offered(), Settings(preset="careful", model="big")
    assert offer.preset_for(REMOVE, careful) == offer.preset("careful")
    found = offer.model_for(REMOVE, careful)
    assert found is not None and found.name == "big"
    assert offer.preset_for(REMOVE, replace(careful, model="kontext")) is None


def test_a_recipe_is_marked_with_its_stages_and_leaves_the_rest_open() -> None:
    careful = offered().preset("careful")
    assert careful is not None
    assert preset_title(careful) == "Clean replace (3 stages)"
    assert purpose(careful).endswith("Stages: broad, refine, boundary")
    settings = chosen("careful", before=Settings(prompt="a vase", steps=7, begin_with="noise"))
    assert (settings.preset, settings.prompt) == ("careful", "a vase")
    assert (settings.steps, settings.begin_with, settings.strength) == (None, "", 1.0)


def test_a_preset_may_be_an_instruction_for_a_model() -> None:
    offer = offered()
    recolour = Settings(preset="recolour", model="kontext")
    assert offer.verb(GENERATE, recolour) == Operation.OPERATION_INSTRUCT
    assert offer.verb(GENERATE, replace(recolour, model="big")) == GENERATE
    assert offer.verb(REMOVE, recolour) == REMOVE
