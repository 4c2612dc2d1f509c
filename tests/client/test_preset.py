from __future__ import annotations

from sfumato_client import Bounds, Context, Selection, preset_named, shape, softness
from sfumato_client.wire.models_pb2 import ListModelsResponse, Preset
from sfumato_client.wire.parameters_pb2 import Parameters

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
