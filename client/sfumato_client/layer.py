"""The layer an edit becomes: one picture with its mask, a short name, and a record of the edit."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from google.protobuf.json_format import MessageToDict

from sfumato_client.edit import Raster
from sfumato_client.events import Done, Piece
from sfumato_client.geometry import Bounds
from sfumato_client.wire.parameters_pb2 import Operation, Parameters

NAME_CHARACTERS = 32
RECORD_VERSION = 1


@dataclass(frozen=True)
class Layer:
    """What goes onto the canvas at ``bounds``: colour, and M (one byte a pixel) as its mask."""

    bounds: Bounds
    color: Raster
    mask: bytes = field(repr=False)


def flatten(pieces: Sequence[Piece]) -> Layer:
    """Lay the pieces of a result down in order, as one layer over their common bounds.

    A later piece covers earlier ones, but never what an earlier one masks: those pixels are the
    earlier window's result, and only surroundings to the later one. Where no piece lies, colour and
    mask are 0. All pieces have one colour model and depth; ``ValueError`` otherwise, and for no
    pieces at all.
    """
    if not pieces:
        raise ValueError("a layer needs at least one piece")
    if len(pieces) == 1:
        return Layer(pieces[0].bounds, pieces[0].color, pieces[0].mask)
    bounds = reduce(Bounds.union, (piece.bounds for piece in pieces))
    kinds = {(piece.color.samples, piece.color.depth) for piece in pieces}
    if len(kinds) > 1:
        raise ValueError("the pieces of one result have different kinds of pixels")
    samples, depth = kinds.pop()
    pixel = samples * depth // 8
    color, mask = bytearray(bounds.area * pixel), bytearray(bounds.area)
    for piece in pieces:
        _lay(color, mask, piece, bounds, pixel)
    return Layer(bounds, Raster(bounds.extent, samples, depth, color), bytes(mask))


def _lay(color: bytearray, mask: bytearray, piece: Piece, bounds: Bounds, pixel: int) -> None:
    """Lay one piece over what is there, row by row; ``pixel`` is the bytes of one."""
    place = piece.bounds.relative_to(bounds)
    source = memoryview(piece.color.data).cast("B")
    for row in range(place.height):
        target = (place.y + row) * bounds.width + place.x
        origin = row * place.width
        for left, right in _free_runs(mask[target : target + place.width]):
            mask[target + left : target + right] = piece.mask[origin + left : origin + right]
            color[(target + left) * pixel : (target + right) * pixel] = source[
                (origin + left) * pixel : (origin + right) * pixel
            ]


def _free_runs(masked: bytes | bytearray) -> list[tuple[int, int]]:
    """Return the runs of zeros in a row of mask."""
    return [match.span() for match in re.finditer(rb"\0+", masked)]


def layer_name(
    parameters: Parameters, number: int, *, extended: bool = False, recipe: str = ""
) -> str:
    """Name a layer by its intention: "Remove 3", "Replace: red jacket"; at most 32 characters.

    ``number`` counts the edits of one document from 1. One on new canvas is ``extended``: "Extend
    3", "Extend: a beach". A ``recipe``'s title takes the place of that word.
    """
    prompt = " ".join(parameters.prompt.split())
    removing = parameters.operation == Operation.OPERATION_REMOVE or not prompt
    if removing:
        verb = recipe or ("Extend" if extended else "Remove")
        return _numbered(verb, number)
    changed = parameters.operation == Operation.OPERATION_INSTRUCT
    verb = recipe or ("Extend" if extended else "Change" if changed else "Replace")
    return _shortened(f"{verb}: {prompt}", NAME_CHARACTERS)


def unique_name(name: str, taken: Collection[str]) -> str:
    """``name``, or with a number behind it if it is taken; at most 32 characters."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = _numbered(name, number)
    return free


def _numbered(name: str, number: int) -> str:
    behind = f" {number}"
    return _shortened(name, NAME_CHARACTERS - len(behind)) + behind


def _shortened(name: str, length: int) -> str:
    """The words that ``length`` has room for, or the letters where that would leave too little."""
    if len(name) <= length:
        return name
    cut = name[: length - 1]
    head, _, _ = cut.rpartition(" ")
    return (head if len(head) > length // 2 else cut).rstrip(" ,.;:…") + "…"


def record(
    job_id: str,
    done: Done,
    variation_seed: int,
    bounds: Bounds,
    client: str,
    *,
    prompts: bool = True,
) -> bytes:
    """Write down an edit: JSON in ASCII, for an annotation, a parasite or a file's text.

    ``client`` is the editor plugin's name and version; without ``prompts`` the words of the artist
    are left out. ``parse_record`` reads it again.
    """
    used = MessageToDict(done.resolved, preserving_proto_field_name=True)
    if not prompts:
        used = {name: value for name, value in used.items() if "prompt" not in name}
    described = {
        "version": RECORD_VERSION,
        "job": job_id,
        "seed": variation_seed,
        "bounds": list(bounds),
        "client": client,
        "parameters": used,
    }
    return json.dumps(described, ensure_ascii=True, sort_keys=True).encode("ascii")


def parse_record(data: bytes) -> dict[str, Any] | None:
    """Read a record; None if it is not one of ours or of a version that this client can read."""
    try:
        described = json.loads(data)
    except ValueError:
        return None
    if not isinstance(described, dict) or described.get("version") != RECORD_VERSION:
        return None
    return described
