from __future__ import annotations

from sfumato_client import (
    Bounds,
    Context,
    Selection,
    can_be_used,
    preset_named,
    preset_title,
    recipe_title,
    shape,
    softness,
)
from sfumato_client.wire.models_pb2 import ListModelsResponse, Preset
from sfumato_client.wire.parameters_pb2 import Parameters, Stage

SELECTION = Selection(Bounds(10, 10, 60, 60), b"\xff" * 3600)
CLOSE = Context(mode=Context.MODE_MARGIN, margin=64)


def test_without_a_preset_the_selection_decides() -> None:
    found = shape(SELECTION)
    assert (found.grow, found.feather) == softness(SELECTION)
    assert found.context.mode == Context.MODE_UNSPECIFIED


def test_a_preset_decides_what_it_sets_and_no_more() -> None:
    preset = Preset(name="x", grow=0, parameters=Parameters(context=CLOSE))
    found = shape(SELECTION, preset)
    assert (found.grow, found.feather) == (0, softness(SELECTION).feather)
    assert found.context == CLOSE


def test_what_the_artist_asks_for_wins() -> None:
    preset = Preset(name="x", grow=1, feather=2, parameters=Parameters(context=CLOSE))
    whole = Context(mode=Context.MODE_WHOLE)
    assert shape(SELECTION, preset, grow=7, feather=0, context=whole) == (7, 0, whole)


def test_an_automatic_context_leaves_it_to_the_preset() -> None:
    preset = Preset(name="x", parameters=Parameters(context=CLOSE))
    automatic = Context(mode=Context.MODE_AUTO)
    assert shape(SELECTION, preset, context=automatic).context == CLOSE


def test_a_preset_is_found_by_its_name() -> None:
    listed = ListModelsResponse(presets=[Preset(name="a"), Preset(name="b")])
    assert preset_named(listed, "b") == Preset(name="b")
    assert preset_named(listed, "c") is None
    assert preset_named(listed, "") is None


def test_a_recipe_is_told_by_its_stages_and_its_title() -> None:
    recipe = Preset(name="careful", title="Clean replace", stages=[Stage(name="x")] * 3)
    plain = Preset(name="remove", title="Remove")
    assert preset_title(recipe) == "Clean replace (3 stages)"
    assert preset_title(Preset(name="mine", stages=[Stage(name="x")])) == "mine (1 stage)"
    assert preset_title(plain) == "Remove"
    assert recipe_title([plain, recipe], "careful") == "Clean replace"
    assert recipe_title([plain, recipe], "remove") == recipe_title([plain], "none") == ""


def test_presets_and_recipes_need_a_model_that_can_follow_them() -> None:
    assert can_be_used(Preset(name="remove", models=[Parameters(model="fill")]))
    assert not can_be_used(Preset(name="replace"))
    assert not can_be_used(Preset(name="careful", stages=[Stage(name="x")]))
    able = Preset(stages=[Stage(name="x")], models=[Parameters(model="big")])
    assert can_be_used(able)
