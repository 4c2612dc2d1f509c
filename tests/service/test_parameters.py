from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfumato.engines.parameters import (
    Control,
    ControlKind,
    Gray,
    Lora,
    MaskedContent,
    Operation,
    Parameters,
    Reference,
    Scheduler,
)
from sfumato.service import vocabulary
from sfumato.service.parameters import parsed, stated
from sfumato.service.vocabulary import Words
from sfumato_client.wire import parameters_pb2 as pb


def float32(least: float, most: float, **options: object) -> st.SearchStrategy[float]:
    return st.floats(least, most, width=32, **options)


WEIGHTS = float32(0, 2)
CONTROLS = st.builds(
    Control,
    kind=st.sampled_from(ControlKind),
    plane=st.none() | st.integers(0, 2),
    scale=WEIGHTS,
    start=st.sampled_from([0.0, 0.25]),
    end=st.sampled_from([0.5, 1.0]),
)
PARAMETERS = st.builds(
    Parameters,
    operation=st.sampled_from(Operation),
    model=st.sampled_from(["", "fill", "sdxl"]),
    prompt=st.text(max_size=20),
    negative_prompt=st.text(max_size=20),
    strength=st.none() | float32(0, 1, exclude_min=True),
    steps=st.none() | st.integers(1, 150),
    guidance=st.none() | float32(0, 50),
    seed=st.integers(0, 2**63 - 8),
    scheduler=st.none() | st.sampled_from(Scheduler),
    masked_content=st.none() | st.sampled_from(MaskedContent),
    gray=st.sampled_from(Gray),
    grow=float32(0, 256),
    feather=float32(0, 512),
    preset=st.sampled_from(["", "sky"]),
    variations=st.integers(1, 8),
    loras=st.lists(st.builds(Lora, name=st.just("x"), scale=float32(-2, 2)), max_size=4).map(tuple),
    controls=st.lists(CONTROLS, max_size=4).map(tuple),
    references=st.lists(
        st.builds(Reference, plane=st.integers(0, 2), scale=WEIGHTS), max_size=4
    ).map(tuple),
    true_guidance=st.booleans(),
    seam_pass=st.none() | st.booleans(),
    enhance_prompt=st.booleans(),
    context=st.sampled_from(["auto", "double", "whole"]) | st.integers(32, 4096),
)


@given(PARAMETERS)
def test_parameters_travel_to_the_wire_and_back_unchanged(parameters: Parameters) -> None:
    planes = [5, 9, 4]
    assert parsed(stated(parameters, planes), planes, seed=1) == parameters


def test_what_is_absent_is_the_engines_choice() -> None:
    assert parsed(pb.Parameters(), (), seed=7) == Parameters(model="", seed=7)


def test_a_prompt_alone_means_generation() -> None:
    assert parsed(pb.Parameters(prompt="a cat"), (), seed=1).operation is Operation.GENERATE


@pytest.mark.parametrize(
    ("words", "wire"),
    [
        (vocabulary.OPERATIONS, pb.Operation),
        (vocabulary.GRAY, pb.GrayMeaning),
        (vocabulary.MASKED_CONTENT, pb.MaskedContent),
        (vocabulary.SCHEDULERS, pb.Scheduler),
        (vocabulary.CONTROL_KINDS, pb.ControlImage.Kind),
    ],
)
def test_every_word_of_the_wire_is_known(words: Words, wire: object) -> None:
    for number in wire.values():
        word = words.domain(number)
        assert (word is None) == (number == 0)
        assert words.wire(word) == number
