from __future__ import annotations

from gimp_plugin import arguments
from gimp_plugin.arguments import AUTOMATIC
from gimp_plugin.options import Options, Source
from sfumato_client import Context, GrayMeaning, Operation


def defaults(declared: tuple[arguments.Argument, ...]) -> dict[str, object]:
    return {argument.name: argument.default for argument in declared}


def test_every_argument_has_a_place_in_the_options() -> None:
    for declared in (arguments.INPAINT, arguments.REMOVE, arguments.REPEAT):
        assert Options.of(defaults(declared))


def test_names_are_unique_and_defaults_within_their_ranges() -> None:
    for declared in (arguments.INPAINT, arguments.REMOVE, arguments.REPEAT, arguments.CONNECTION):
        assert len({argument.name for argument in declared}) == len(declared)
        for argument in declared:
            if isinstance(argument, arguments.Number | arguments.Whole):
                assert argument.low <= argument.default <= argument.high


def test_what_is_left_to_others_is_absent_on_the_wire() -> None:
    wanted = Options.of(defaults(arguments.INPAINT)).parameters(4.0, 9.5)
    assert (wanted.grow, wanted.feather) == (4.0, 9.5)
    assert wanted.operation == Operation.OPERATION_UNSPECIFIED
    assert wanted.gray == GrayMeaning.GRAY_MEANING_BLEND
    assert wanted.context.mode == Context.MODE_AUTO
    for name in ("strength", "steps", "guidance", "seed"):
        assert not wanted.HasField(name)


def test_what_the_artist_sets_is_sent_as_it_is() -> None:
    values = {
        **defaults(arguments.INPAINT),
        "prompt": " a red jacket\n",
        "negative-prompt": "blue",
        "strength": 0.0,
        "steps": 12,
        "guidance": 0.0,
        "seed": 0,
        "grow": 0.0,
        "feather": 3.0,
        "context": "margin",
        "margin": 64,
        "gray": "partial",
        "operation": "instruct",
    }
    wanted = Options.of(values).parameters(4.0, 9.5)
    assert (wanted.prompt, wanted.negative_prompt) == ("a red jacket", "blue")
    assert (wanted.strength, wanted.steps, wanted.guidance, wanted.seed) == (0.0, 12, 0.0, 0)
    assert all(wanted.HasField(name) for name in ("strength", "guidance", "seed"))
    assert (wanted.grow, wanted.feather) == (0.0, 3.0)
    assert (wanted.context.mode, wanted.context.margin) == (Context.MODE_MARGIN, 64)
    assert wanted.gray == GrayMeaning.GRAY_MEANING_PARTIAL
    assert wanted.operation == Operation.OPERATION_INSTRUCT


def test_a_margin_counts_only_where_it_is_asked_for() -> None:
    wanted = Options(context="whole", margin=64).parameters(0, 0)
    assert (wanted.context.mode, wanted.context.margin) == (Context.MODE_WHOLE, 0)
    wanted = Options(context="double", margin=64).parameters(0, 0)
    assert (wanted.context.mode, wanted.context.margin) == (Context.MODE_DOUBLE, 0)


def test_choices_are_words_that_the_options_know() -> None:
    assert {word for word, _ in arguments.SOURCE.choices} == {source.value for source in Source}
    for pick, field in ((arguments.OPERATION, "operation"), (arguments.GRAY, "gray")):
        for word, _ in pick.choices:
            assert Options.of({field: word}).parameters(0, 0)


def test_minus_one_is_automatic_for_whole_and_for_fractional_numbers() -> None:
    assert Options.of({"seed": AUTOMATIC, "strength": float(AUTOMATIC)}) == Options()
