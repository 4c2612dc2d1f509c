"""What a model has no use for is left out of what an editor only remembers."""

from __future__ import annotations

import pytest

from sfumato.engines.parameters import Operation as Asked
from sfumato.service.ability import resolved
from sfumato.service.capabilities import models
from sfumato.service.catalogue import FILL, Catalogue, ModelCard
from sfumato.service.parameters import parsed
from sfumato.service.status import Refusal
from sfumato_client import GrayMeaning, Operation, Parameters, doer, model_named, unused, usable
from sfumato_client.wire.parameters_pb2 import MaskedContent
from tests.editors.scripted_daemon import PAPER, WITH_PAPER

KNOWN = models(WITH_PAPER)
REMEMBERED = Parameters(
    negative_prompt="blue",
    strength=0.4,
    steps=32,
    guidance=7.0,
    masked_content=MaskedContent.MASKED_CONTENT_NOISE,
    seam_pass=True,
    gray=GrayMeaning.GRAY_MEANING_PARTIAL,
    grow=4,
    feather=8,
    seed=7,
    variations=2,
)
BARE = ModelCard(
    name="bare",
    title="Bare",
    engine="diffusion",
    family="flux-fill",
    operations=(Asked.GENERATE,),
    sampled=True,
)


def test_a_removal_that_names_no_model_is_done_by_fill() -> None:
    assert doer(KNOWN, Parameters()) is None
    assert doer(KNOWN, Parameters(operation=Operation.OPERATION_REMOVE, prompt="boat")) is None


def test_a_prompt_is_for_the_default_model_and_a_named_one_does_all() -> None:
    for asked in (Parameters(prompt="boat"), Parameters(model="paper")):
        model = doer(KNOWN, asked)
        assert model is not None
        assert model.name == "paper"
    assert doer(KNOWN, Parameters(prompt="boat", model="of another daemon")) is None


@pytest.mark.parametrize("model", [None, model_named(KNOWN, "fill")])
def test_fill_is_told_of_the_edit_alone(model: None) -> None:
    with pytest.raises(Refusal):
        resolved(parsed(REMEMBERED, (), 0), Catalogue())
    left = usable(REMEMBERED, model)
    assert left == Parameters(grow=4, feather=8, seed=7, variations=2)
    resolved(parsed(left, (), 0), Catalogue())


def test_a_model_is_told_all_that_it_can() -> None:
    asked = Parameters()
    asked.CopyFrom(REMEMBERED)
    asked.ClearField("gray")
    assert usable(asked, model_named(KNOWN, PAPER.name)) == asked
    assert REMEMBERED.strength == pytest.approx(0.4)


def test_a_model_is_spared_what_it_cannot() -> None:
    known = models(Catalogue(models={FILL.name: FILL, BARE.name: BARE}, default=BARE.name))
    bare = model_named(known, BARE.name)
    assert unused(bare) == {"strength", "negative_prompt"}
    left = usable(REMEMBERED, bare)
    assert (left.steps, left.guidance, left.gray) == (32, 7.0, 0)
    assert not left.HasField("strength")
    assert not left.negative_prompt
