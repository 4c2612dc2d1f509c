"""One layer of a result's pieces, its name, and its record in the document."""

import json

import numpy as np
import pytest

from sfumato_client import (
    Bounds,
    Done,
    Extent,
    Operation,
    Parameters,
    Piece,
    Raster,
    Samples,
    flatten,
    layer_name,
    parse_record,
    record,
    unique_name,
)


def piece(bounds, value, mask, depth=8):
    extent = Extent(bounds.width, bounds.height)
    data = np.full((bounds.height, bounds.width, 3), value, f"<u{depth // 8}").tobytes()
    return Piece(bounds, Raster(extent, Samples.RGB, depth, data), mask.astype(np.uint8).tobytes())


def planes(layer):
    shape = layer.bounds.height, layer.bounds.width
    dtype = f"<u{layer.color.depth // 8}"
    color = np.frombuffer(layer.color.data, dtype).reshape(*shape, 3)
    return color, np.frombuffer(layer.mask, np.uint8).reshape(shape)


def test_a_single_piece_is_the_layer():
    only = piece(Bounds(3, 4, 5, 6), 9, np.full((6, 5), 200))
    layer = flatten([only])
    assert layer.bounds == only.bounds
    assert layer.color is only.color
    assert layer.mask == only.mask


@pytest.mark.parametrize("depth", [8, 16])
def test_a_later_pieces_surroundings_do_not_cover_what_an_earlier_one_made(depth):
    first_mask, second_mask = np.zeros((10, 10)), np.zeros((10, 10))
    first_mask[:, 2:6] = 255
    second_mask[:, 6:] = 128
    first = piece(Bounds(0, 0, 10, 10), 10, first_mask, depth)
    second = piece(Bounds(4, 2, 10, 10), 20, second_mask, depth)
    layer = flatten([first, second])
    color, mask = planes(layer)
    assert layer.bounds == Bounds(0, 0, 14, 12)
    assert (color[2:10, 4:6] == 10).all()
    assert (color[2:12, 6:14] == 20).all()
    assert (mask[0:10, 2:6] == 255).all()
    assert (mask[2:12, 10:14] == 128).all()
    assert (mask[10:, :4] == 0).all()
    assert (color[10:, :4] == 0).all()


def test_pieces_of_different_kinds_or_none_are_an_error():
    with pytest.raises(ValueError, match="at least one"):
        flatten([])
    mask = np.zeros((2, 2))
    pieces = [piece(Bounds(0, 0, 2, 2), 1, mask), piece(Bounds(2, 0, 2, 2), 1, mask, 16)]
    with pytest.raises(ValueError, match="different kinds"):
        flatten(pieces)


@pytest.mark.parametrize(
    ("operation", "prompt", "name"),
    [
        (Operation.OPERATION_REMOVE, "", "Remove 3"),
        (Operation.OPERATION_REMOVE, "ignored", "Remove 3"),
        (Operation.OPERATION_UNSPECIFIED, "", "Remove 3"),
        (Operation.OPERATION_UNSPECIFIED, "a cat", "Replace: a cat"),
        (Operation.OPERATION_GENERATE, "red  jacket\n", "Replace: red jacket"),
        (Operation.OPERATION_INSTRUCT, "make it red", "Change: make it red"),
        (Operation.OPERATION_GENERATE, "an old wooden door, ajar", "Replace: an old wooden door…"),
        (Operation.OPERATION_GENERATE, "x" * 100, "Replace: " + "x" * 22 + "…"),
    ],
)
def test_layers_are_named_by_intention(operation, prompt, name):
    named = layer_name(Parameters(operation=operation, prompt=prompt), 3)
    assert named == name
    assert len(named) <= 32


def test_a_record_is_ascii_and_reads_back():
    resolved = Parameters(prompt="rote Tür", steps=20, seed=5)
    done = Done(5, resolved, {})
    data = record("job-1", done, 6, Bounds(1, 2, 3, 4), "krita 5.2")
    data.decode("ascii")
    back = parse_record(data)
    assert back is not None
    assert back["parameters"]["prompt"] == "rote Tür"
    assert (back["job"], back["seed"], back["bounds"]) == ("job-1", 6, [1, 2, 3, 4])


@pytest.mark.parametrize("data", [b"", b"\xff", b"[]", json.dumps({"version": 99}).encode()])
def test_what_is_no_record_of_ours_is_none(data):
    assert parse_record(data) is None


@pytest.mark.parametrize(("prompt", "name"), [("", "Extend 3"), ("a beach", "Extend: a beach")])
def test_a_layer_on_new_canvas_is_named_so(prompt: str, name: str) -> None:
    operation = Operation.OPERATION_GENERATE if prompt else Operation.OPERATION_REMOVE
    assert layer_name(Parameters(operation=operation, prompt=prompt), 3, extended=True) == name


@pytest.mark.parametrize(
    ("prompt", "recipe", "name"),
    [
        ("a red vase", "Clean replace", "Clean replace: a red vase"),
        ("", "Fill, then the border", "Fill, then the border 3"),
        ("a vase of blue glass", "Clean replace", "Clean replace: a vase of blue…"),
        ("", "A title as long as nobody would give", "A title as long as nobody… 3"),
    ],
)
def test_a_recipe_s_title_is_in_its_layer_s_name(prompt: str, recipe: str, name: str) -> None:
    assert layer_name(Parameters(prompt=prompt), 3, recipe=recipe) == name
    assert len(name) <= 32


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("Remove 3", "Remove 3 2"),
        ("Replace: a bowl of ripe lemons", "Replace: a bowl of ripe lemons 2"),
        ("Replace: a bowl of ripe lemons…", "Replace: a bowl of ripe… 2"),
        ("Replace: " + "x" * 22 + "…", "Replace: " + "x" * 20 + "… 2"),
    ],
)
def test_a_name_that_is_taken_gets_a_number(name: str, second: str) -> None:
    assert unique_name(name, {name}) == second
    third = unique_name(name, {name, second})
    assert third == second[:-1] + "3"
    taken = {name, *(f"{second[:-1]}{number}" for number in range(2, 10))}
    tenth = unique_name(name, taken)
    assert tenth.endswith(" 10") and tenth not in taken
    assert max(len(second), len(third), len(tenth)) <= 32
    assert unique_name(name, {"Background"}) == name
