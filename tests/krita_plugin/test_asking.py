"""What is sent follows from the docker's settings and the daemon's offer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from krita_plugin.offer import Offer
from krita_plugin.parameters import context, parameters
from krita_plugin.pixels import Picture
from krita_plugin.preparation import prepare, prepare_growth, regions
from krita_plugin.settings import Settings
from sfumato_client import (
    Bounds,
    Context,
    Extent,
    Growth,
    Model,
    Operation,
    Selection,
    Shape,
    Sides,
)
from sfumato_client.wire.inpainting_pb2 import Engine, GetCapabilitiesResponse
from sfumato_client.wire.models_pb2 import ListModelsResponse
from sfumato_client.wire.parameters_pb2 import MaskedContent

REMOVE, GENERATE = Operation.OPERATION_REMOVE, Operation.OPERATION_GENERATE


def square(side: int = 40) -> Selection:
    return Selection(Bounds(100, 80, side, side), b"\xff" * side * side)


def softly(grow: float = 4, feather: float = 8, context: Context | None = None) -> Shape:
    return Shape(grow, feather, context or Context())


def paper(**values: Any) -> Model:
    return Model(name="paper", installed=True, operations=[REMOVE, GENERATE], **values)


def test_what_the_artist_left_open_is_the_daemons_choice() -> None:
    asked = parameters(GENERATE, Settings(prompt=" lemons "), softly(), paper(strength=True))
    assert asked.prompt == "lemons"
    assert not any(asked.HasField(name) for name in ("strength", "steps", "guidance", "seed"))


def test_what_the_artist_chose_is_sent() -> None:
    settings = Settings(
        prompt="lemons", enhance=True, strength=0.5, steps=12, guidance=3.5, seed=0,
        begin_with="noise", negative_prompt="limes",
    )  # fmt: skip
    model = paper(strength=True, negative_prompt=True)
    asked = parameters(GENERATE, settings, softly(3, 5), model)
    assert (asked.strength, asked.steps, asked.guidance, asked.seed) == (0.5, 12, 3.5, 0)
    assert (asked.model, asked.negative_prompt, asked.enhance_prompt) == ("paper", "limes", True)
    assert asked.masked_content == MaskedContent.MASKED_CONTENT_NOISE
    assert (asked.grow, asked.feather) == (3, 5)


def test_what_a_model_has_no_use_for_is_not_sent() -> None:
    settings = Settings(prompt="lemons", strength=0.5, negative_prompt="limes")
    asked = parameters(GENERATE, settings, softly(), paper())
    assert not asked.HasField("strength")
    assert asked.negative_prompt == ""


def test_a_removal_by_fill_has_no_prompt_and_no_model() -> None:
    settings = Settings(prompt="lemons", model="paper", strength=0.3, enhance=True)
    asked = parameters(REMOVE, settings, softly(), None)
    assert (asked.prompt, asked.model, asked.enhance_prompt) == ("", "", False)
    assert not asked.HasField("strength")


@pytest.mark.parametrize(
    ("chosen", "mode", "margin"),
    [
        ("double", Context.MODE_DOUBLE, 0),
        ("margin", Context.MODE_MARGIN, 77),
        ("auto", Context.MODE_AUTO, 0),
        ("whole", Context.MODE_WHOLE, 0),
    ],
)
def test_the_context_is_what_was_chosen(chosen: str, mode: int, margin: int) -> None:
    told = context(Settings(context=chosen, margin=77))
    assert (told.mode, told.margin) == (mode, margin)


def test_the_mask_of_a_huge_window_is_left_to_the_daemon() -> None:
    side = 2000
    huge = Selection(Bounds(0, 0, side, side), b"\xff" * side * side)
    made = prepare(huge, Extent(side, side), softly(4, 0), None)
    assert None in made.masks


def test_regions_pair_each_window_with_its_pixels() -> None:
    made = prepare(square(), Extent(400, 300), softly(), None)
    pictures = [
        Picture(place.window, b"\x10\x20\x30\xff" * place.window.area, 8) for place in made.places
    ]
    [region] = regions(made, pictures, gray=False)
    assert bytes(region.picture.data[:3]) == b"\x30\x20\x10"
    assert region.selection == square().over(region.window)
    assert (region.mask, region.core) == (made.masks[0], made.places[0].core)


def test_new_canvas_shows_the_nearest_known_pixels() -> None:
    """As the command line grows a picture: by its outermost pixels."""
    known = np.random.default_rng(3).integers(0, 256, (150, 200, 4), np.uint8)
    sides = Sides(30, 900, 70, 0)
    grown = np.pad(known, ((sides.top, sides.bottom), (sides.left, sides.right), (0, 0)), "edge")
    made = prepare_growth(Growth.of(Extent(200, 150), sides), None)
    assert len(made.places) > 1
    for window, _ in made.places:
        x, y, width, height = made.place_to_read(window)
        read = Picture(window, known[y : y + height, x : x + width].tobytes(), 8)
        shown = np.frombuffer(made.spread(read, window).bgra, np.uint8)
        assert np.array_equal(
            shown.reshape(window.height, window.width, 4),
            grown[window.y : window.bottom, window.x : window.right],
        )


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
