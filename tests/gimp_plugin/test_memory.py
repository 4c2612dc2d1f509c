from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gimp_plugin.memory import Origin, Past
from gimp_plugin.options import Options, Source
from sfumato_client import (
    Bounds,
    Context,
    Done,
    Extent,
    Growth,
    Operation,
    Parameters,
    Sides,
    record,
)

BOUNDS = Bounds(3, 4, 50, 60)


def past(parameters: Parameters, origin: Origin | None = None) -> Past:
    done = Done(parameters.seed, parameters, {})
    written = record("job-2", done, parameters.seed, BOUNDS, "gimp 3.0.4")
    found = Past.of(written, (origin or Origin("job-1")).dump())
    assert found is not None
    return found


@given(
    seed=st.integers(0, 2**63 - 1),
    prompt=st.text(max_size=40).filter(lambda text: text.isprintable()),
    grow=st.integers(0, 256),
    variations=st.integers(1, 8),
)
def test_an_edit_is_read_from_its_notes_as_it_was(
    seed: int, prompt: str, grow: int, variations: int
) -> None:
    parameters = Parameters(
        operation=Operation.OPERATION_GENERATE,
        prompt=prompt,
        seed=seed,
        grow=grow,
        variations=variations,
        context=Context(mode=Context.MODE_MARGIN, margin=64),
    )
    parameters.loras.add(name="ink", scale=0.5)
    assert past(parameters).parameters == parameters


def test_an_origin_survives_its_note() -> None:
    origin = Origin("job-1", Source.GROUP)
    assert Origin.load(origin.dump()) == origin
    assert past(Parameters(), origin).origin == origin
    assert past(Parameters()).bounds == BOUNDS


def test_a_repetition_draws_a_new_seed_and_keeps_the_rest() -> None:
    done = Parameters(prompt="a hat", seed=9, strength=0.5, variations=3)
    again = past(done).again(Options())
    assert not again.HasField("seed")
    assert (again.prompt, again.strength, again.variations) == ("a hat", 0.5, 3)


def test_a_repetition_takes_what_is_given() -> None:
    done = Parameters(prompt="a hat", seed=9, strength=0.5, variations=3)
    again = past(done).again(Options(seed=0, strength=1.0, variations=1))
    assert (again.seed, again.strength, again.variations) == (0, 1.0, 1)
    assert again.HasField("seed")
    # What was read stays as it was.
    assert done.seed == 9


def test_notes_of_others_are_no_edit() -> None:
    origin = Origin("job-1").dump()
    assert Past.of(b"", b"") is None
    assert Past.of(b"not json", origin) is None
    assert Past.of(b'{"version": 99}', origin) is None


def test_how_the_canvas_grew_is_read_as_it_was() -> None:
    growth = Growth.of(Extent(400, 300), Sides(left=7, bottom=60), overlap=9)
    origin = Origin("job-1", Source.BELOW, growth)
    assert Origin.load(origin.dump()) == origin
