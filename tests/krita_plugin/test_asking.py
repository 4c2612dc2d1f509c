"""What is sent follows from the docker's settings and the daemon's offer."""

from __future__ import annotations

from krita_plugin.offer import Offer
from krita_plugin.parameters import parameters
from krita_plugin.pixels import Picture
from krita_plugin.preparation import prepare, regions
from krita_plugin.settings import Settings
from sfumato_client import Bounds, Context, Extent, Model, Operation, Selection, softness
from sfumato_client.wire.inpainting_pb2 import Engine, GetCapabilitiesResponse
from sfumato_client.wire.models_pb2 import ListModelsResponse

REMOVE, GENERATE = Operation.OPERATION_REMOVE, Operation.OPERATION_GENERATE


def square(side: int = 40) -> Selection:
    return Selection(Bounds(100, 80, side, side), b"\xff" * side * side)


def test_what_the_artist_left_open_is_the_daemons_choice() -> None:
    asked = parameters(GENERATE, Settings(prompt=" lemons "), 4, 8)
    assert asked.prompt == "lemons"
    assert not any(asked.HasField(name) for name in ("strength", "steps", "guidance", "seed"))


def test_what_the_artist_chose_is_sent() -> None:
    settings = Settings(
        prompt="lemons", strength=0.5, steps=12, guidance=3.5, seed=0, context="margin", margin=64
    )
    asked = parameters(GENERATE, settings, 4, 8)
    assert (asked.strength, asked.steps, asked.guidance, asked.seed) == (0.5, 12, 3.5, 0)
    assert (asked.context.mode, asked.context.margin) == (Context.MODE_MARGIN, 64)


def test_a_removal_has_no_prompt_and_no_model() -> None:
    settings = Settings(prompt="lemons", model="paper", preset="replace", strength=0.3)
    asked = parameters(REMOVE, settings, 4, 8)
    assert (asked.prompt, asked.model, asked.preset) == ("", "", "")
    assert not asked.HasField("strength")


def test_softness_is_the_selections_own_unless_the_artist_sets_it() -> None:
    canvas = Extent(400, 300)
    default = softness(square())
    made = prepare(square(), canvas, Settings(), Context(), None)
    assert (made.grow, made.feather) == default
    chosen = prepare(square(), canvas, Settings(grow=0, feather=0), Context(), None)
    assert (chosen.grow, chosen.feather) == (0, 0)
    [place], [mask] = chosen.places, chosen.masks
    assert mask == square().over(place.window)


def test_the_mask_of_a_huge_window_is_left_to_the_daemon() -> None:
    side = 2000
    huge = Selection(Bounds(0, 0, side, side), b"\xff" * side * side)
    made = prepare(huge, Extent(side, side), Settings(grow=4, feather=0), Context(), None)
    assert None in made.masks


def test_regions_pair_each_window_with_its_pixels() -> None:
    made = prepare(square(), Extent(400, 300), Settings(), Context(), None)
    pictures = [
        Picture(place.window, b"\x10\x20\x30\xff" * place.window.area, 8, "")
        for place in made.places
    ]
    [region] = regions(made, pictures, gray=False)
    assert bytes(region.picture.data[:3]) == b"\x30\x20\x10"
    assert region.selection == square().over(region.window)
    assert (region.mask, region.core) == (made.masks[0], made.places[0].core)


def test_without_a_model_the_offer_says_what_generate_needs() -> None:
    capabilities = GetCapabilitiesResponse(
        version="1", operations=[REMOVE], engines=[Engine(name="fill", operations=[REMOVE])]
    )
    offer = Offer.of(capabilities, ListModelsResponse())
    assert (offer.can_generate, offer.can_remove) == (False, True)
    assert "needs a model" in offer.lacks


def test_a_model_that_is_not_installed_is_not_offered() -> None:
    listed = ListModelsResponse(
        models=[
            Model(name="here", installed=True, operations=[GENERATE]),
            Model(name="elsewhere", installed=False, operations=[GENERATE]),
        ],
        default_model="here",
    )
    capabilities = GetCapabilitiesResponse(operations=[REMOVE, GENERATE])
    offer = Offer.of(capabilities, listed)
    assert [model.name for model in offer.models] == ["here"]
    assert (offer.can_generate, offer.lacks) == (True, "")
    assert offer.model("") == listed.models[0]
    assert offer.model("elsewhere") is None
