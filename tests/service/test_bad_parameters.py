"""Parameters that cannot be, or that a model cannot do, are refused by name."""

from __future__ import annotations

import math

import pytest

from sfumato_client.wire import parameters_pb2 as pp
from tests.support.daemon import Daemon
from tests.support.edits import wire_edit
from tests.support.errors import reason
from tests.support.spoiled import (
    INVALID,
    NOT_FOUND,
    PRECONDITION,
    Spoiled,
    parameter,
    refused,
    refused_by_name,
)

pytestmark = pytest.mark.usefixtures("unharmed")


PARAMETERS: Spoiled = {
    "a NaN strength": (parameter(strength=math.nan), INVALID, "parameters.strength"),
    "an infinite feather": (parameter(feather=math.inf), INVALID, "parameters.feather"),
    "a feather too wide": (parameter(feather=512.5), INVALID, "parameters.feather"),
    "a negative grow": (parameter(grow=-1), INVALID, "parameters.grow"),
    "a strength above 1": (parameter(strength=1.5), INVALID, "parameters.strength"),
    "a strength of 0": (parameter(strength=0), INVALID, "parameters.strength"),
    "no steps": (parameter(steps=0), INVALID, "parameters.steps"),
    "too many steps": (parameter(steps=151), INVALID, "parameters.steps"),
    "too much guidance": (parameter(guidance=51), INVALID, "parameters.guidance"),
    "a negative seed": (parameter(seed=-1), INVALID, "parameters.seed"),
    "a seed whose variations overflow": (
        parameter(seed=2**63 - 1, variations=2),
        INVALID,
        "parameters.seed",
    ),
    "no variations": (parameter(variations=0), INVALID, "parameters.variations"),
    "too many variations": (parameter(variations=9), INVALID, "parameters.variations"),
    "a prompt of a megabyte": (parameter(prompt="x" * 1_000_000), INVALID, "parameters.prompt"),
    "a long negative prompt": (
        parameter(negative_prompt="x" * 4001),
        INVALID,
        "parameters.negative_prompt",
    ),
    "an unknown operation": (parameter(operation=99), INVALID, "parameters.operation"),
    "an unknown scheduler": (parameter(scheduler=99), INVALID, "parameters.scheduler"),
    "an unknown model": (parameter(model="dall-e"), NOT_FOUND, "parameters.model"),
    "a path as a model": (parameter(model="../../etc"), NOT_FOUND, "parameters.model"),
    "an unknown preset": (parameter(preset="sky"), NOT_FOUND, "parameters.preset"),
    "an unknown LoRA": (
        lambda e: e.header.parameters.loras.add(name="x", scale=1),
        NOT_FOUND,
        "parameters.loras",
    ),
    "a LoRA too heavy": (
        lambda e: e.header.parameters.loras.add(name="x", scale=3),
        INVALID,
        "parameters.loras[0].scale",
    ),
    "five LoRAs": (
        lambda e: e.header.parameters.loras.extend([pp.Lora(name="x")] * 5),
        INVALID,
        "parameters.loras",
    ),
    "a control of no kind": (
        lambda e: e.header.parameters.controls.add(),
        INVALID,
        "parameters.controls[0].kind",
    ),
    "a control that ends before it starts": (
        lambda e: e.header.parameters.controls.add(kind=1, start=0.5, end=0.5),
        INVALID,
        "parameters.controls[0].end",
    ),
    "a control of a missing plane": (
        lambda e: e.header.parameters.controls.add(kind=1, plane=7),
        INVALID,
        "parameters.controls[0].plane",
    ),
    "a reference in gray": (
        lambda e: e.header.parameters.references.add(plane=1),
        INVALID,
        "parameters.references[0].plane",
    ),
    "a margin without its mode": (
        lambda e: setattr(e.header.parameters.context, "margin", 40),
        INVALID,
        "parameters.context.margin",
    ),
    "a margin too small": (
        lambda e: e.header.parameters.context.CopyFrom(pp.Context(mode=2, margin=5)),
        INVALID,
        "parameters.context.margin",
    ),
    "a prompt without a model for it": (
        parameter(prompt="a cat"),
        PRECONDITION,
        "parameters.model",
    ),
    "a generation without a prompt": (parameter(operation=2), PRECONDITION, "parameters.model"),
    "a prompt for fill": (
        parameter(model="fill", operation=1, prompt="a cat"),
        PRECONDITION,
        "parameters.model",
    ),
    "change by degrees with fill": (parameter(gray=2), PRECONDITION, "parameters.gray"),
    "a strength for fill": (parameter(strength=0.5), PRECONDITION, "parameters.strength"),
    "steps for fill": (parameter(steps=20), PRECONDITION, "parameters.steps"),
    "a sampler for fill": (parameter(scheduler=4), PRECONDITION, "parameters.scheduler"),
    "a better prompt for none": (
        parameter(enhance_prompt=True),
        PRECONDITION,
        "parameters.enhance_prompt",
    ),
    "a preset that needs a prompt": (parameter(preset="replace"), PRECONDITION, "parameters.model"),
}


def test_generation_says_how_to_get_a_model(daemon: Daemon) -> None:
    edit = wire_edit()
    edit.header.parameters.prompt = "a cat"
    error = refused(daemon, edit.requests())
    assert reason(error) == "NEEDS_MODEL"
    assert "--model NAME=DIR" in error.details()


def test_an_unknown_model_is_answered_with_the_known_ones(daemon: Daemon) -> None:
    edit = wire_edit()
    edit.header.parameters.model = "dall-e"
    assert "Known: fill." in refused(daemon, edit.requests()).details()


@pytest.mark.parametrize("what", PARAMETERS)
def test_bad_parameters_are_refused_by_the_name_of_their_field(what: str, daemon: Daemon) -> None:
    refused_by_name(daemon, *PARAMETERS[what])
