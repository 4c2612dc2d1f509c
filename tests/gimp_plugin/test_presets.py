from __future__ import annotations

import pytest

from gimp_plugin import arguments, presets
from gimp_plugin.arguments import AUTOMATIC
from sfumato.models.presets import shipped
from sfumato.service.capabilities import models
from sfumato_client import Context, Parameters, Preset, preset_named
from tests.editors.scripted_daemon import WITH_PAPER

LISTED = models(WITH_PAPER)
DECLARED = {argument.name: argument for argument in arguments.INPAINT}


def test_a_preset_fills_in_what_it_says_for_the_model() -> None:
    refine = preset_named(LISTED, "refine")
    assert presets.filled(refine, "") == {
        "strength": 0.4,
        "steps": 32,
        "guidance": AUTOMATIC,
        "masked-content": "original",
        "context": "margin",
        "margin": 64,
        "grow": 0.0,
        "feather": 16.0,
    }


def test_without_a_preset_everything_is_automatic_again() -> None:
    values = presets.filled(None, "")
    assert values.pop("context") == values.pop("masked-content") == "automatic"
    assert set(values.values()) == {AUTOMATIC}


def test_another_model_may_get_other_values() -> None:
    preset = Preset(
        parameters=Parameters(steps=20),
        models=[Parameters(model="fast", steps=4), Parameters(model="slow", steps=50)],
    )
    assert [presets.filled(preset, name)["steps"] for name in ("", "fast", "slow")] == [20, 4, 50]


@pytest.mark.parametrize("name", shipped())
def test_all_values_of_built_in_presets_can_be_set(name: str) -> None:
    preset = preset_named(LISTED, name)
    assert preset is not None
    for argument, value in presets.filled(preset, "").items():
        declared = DECLARED[argument]
        if isinstance(declared, arguments.Pick):
            assert value in {word for word, _ in declared.choices}
        else:
            assert isinstance(declared, arguments.Number | arguments.Whole)
            assert declared.low <= float(value) <= declared.high


def test_every_way_to_look_around_has_a_word() -> None:
    words = {word for word, _ in arguments.CONTEXT.choices}
    assert {"automatic", *presets.CONTEXTS.values()} == words
    assert Context.MODE_AUTO not in presets.CONTEXTS
