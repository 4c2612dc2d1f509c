from __future__ import annotations

import pytest

from gimp_plugin import arguments
from gimp_plugin.arguments import AUTOMATIC
from gimp_plugin.options import Options, Source
from sfumato_client import (
    Bounds,
    Context,
    GrayMeaning,
    Operation,
    Parameters,
    Preset,
    Selection,
)
from sfumato_client.wire.parameters_pb2 import MaskedContent

HARD = Selection(Bounds(0, 0, 60, 60), b"\xff" * 3600)


REFINE = Preset(name="refine", grow=1, feather=16)
REFINE.parameters.context.MergeFrom(Context(mode=Context.MODE_MARGIN, margin=64))


def parameters(options: Options, preset: Preset | None = None) -> Parameters:
    return options.parameters(options.shape(HARD, preset))


def defaults(declared: tuple[arguments.Argument, ...]) -> dict[str, object]:
    return {argument.name: argument.default for argument in declared}


def test_every_argument_has_a_place_in_the_options() -> None:
    for declared in (arguments.INPAINT, arguments.REMOVE, arguments.REPEAT, arguments.NEW_CONTENT):
        assert Options.of(defaults(declared))


def test_names_are_unique_and_defaults_within_their_ranges() -> None:
    for declared in (
        arguments.INPAINT,
        arguments.REMOVE,
        arguments.REPEAT,
        arguments.OUTPAINT,
        arguments.SELECT,
        arguments.CONNECTION,
    ):
        assert len({argument.name for argument in declared}) == len(declared)
        for argument in declared:
            if isinstance(argument, arguments.Number | arguments.Whole):
                assert argument.low <= argument.default <= argument.high


def test_what_is_left_to_others_is_absent_on_the_wire() -> None:
    wanted = parameters(Options.of(defaults(arguments.INPAINT)))
    assert (wanted.grow, wanted.feather) == pytest.approx((4.0, 5.9))
    assert wanted.operation == Operation.OPERATION_UNSPECIFIED
    assert wanted.gray == GrayMeaning.GRAY_MEANING_BLEND
    assert not wanted.context.mode
    assert not wanted.enhance_prompt
    assert not wanted.masked_content
    for name in ("strength", "steps", "guidance", "seed"):
        assert not wanted.HasField(name)


def test_what_the_artist_sets_is_sent_as_it_is() -> None:
    values = {
        **defaults(arguments.INPAINT),
        "prompt": " a red jacket\n",
        "negative-prompt": "blue",
        "enhance": True,
        "strength": 0.0,
        "steps": 12,
        "guidance": 0.0,
        "masked-content": "noise",
        "seed": 0,
        "grow": 0.0,
        "feather": 3.0,
        "context": "margin",
        "margin": 64,
        "gray": "partial",
        "operation": "instruct",
    }
    wanted = parameters(Options.of(values), REFINE)
    assert wanted.enhance_prompt
    assert (wanted.prompt, wanted.negative_prompt) == ("a red jacket", "blue")
    assert (wanted.strength, wanted.steps, wanted.guidance, wanted.seed) == (0.0, 12, 0.0, 0)
    assert all(wanted.HasField(name) for name in ("strength", "guidance", "seed"))
    assert wanted.masked_content == MaskedContent.MASKED_CONTENT_NOISE
    assert (wanted.grow, wanted.feather) == (0.0, 3.0)
    assert (wanted.context.mode, wanted.context.margin) == (Context.MODE_MARGIN, 64)
    assert wanted.gray == GrayMeaning.GRAY_MEANING_PARTIAL
    assert wanted.operation == Operation.OPERATION_INSTRUCT


def test_a_margin_counts_only_where_it_is_asked_for() -> None:
    wanted = parameters(Options(context="whole", margin=64))
    assert (wanted.context.mode, wanted.context.margin) == (Context.MODE_WHOLE, 0)
    wanted = parameters(Options(context="double", margin=64))
    assert (wanted.context.mode, wanted.context.margin) == (Context.MODE_DOUBLE, 0)


def test_words_are_added_to_a_prompt_only() -> None:
    assert parameters(Options(prompt="boat", enhance=True)).enhance_prompt
    assert not parameters(Options(prompt=" ", enhance=True)).enhance_prompt


def test_choices_are_words_that_the_options_know() -> None:
    assert {word for word, _ in arguments.SOURCE.choices} == {source.value for source in Source}
    for pick, field in (
        (arguments.OPERATION, "operation"),
        (arguments.GRAY, "gray"),
        (arguments.MASKED_CONTENT, "masked_content"),
    ):
        for word, _ in pick.choices:
            assert parameters(Options.of({field: word}))


def test_minus_one_is_automatic_for_whole_and_for_fractional_numbers() -> None:
    assert Options.of({"seed": AUTOMATIC, "strength": float(AUTOMATIC)}) == Options()


def test_what_the_artist_leaves_open_is_the_presets() -> None:
    wanted = parameters(Options(preset="refine"), REFINE)
    assert (wanted.preset, wanted.grow, wanted.feather) == ("refine", 1, 16)
    assert wanted.context == REFINE.parameters.context
    changed = parameters(Options(preset="refine", grow=3.0, context="whole"), REFINE)
    assert (changed.grow, changed.feather) == (3, 16)
    assert changed.context == Context(mode=Context.MODE_WHOLE)
