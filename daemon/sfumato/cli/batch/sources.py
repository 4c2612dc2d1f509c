"""What a batch is made of: lines of JSON, a table, or a folder of pictures and masks."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sfumato.cli.failures import BadInput

_PICTURES = {".png", ".jpg", ".jpeg", ".jpe", ".webp", ".tif", ".tiff"}
_MASK = "_mask"


class Source(NamedTuple):
    """One edit as it is written: ``place`` says where, ``fields`` are the words of ``inpaint``.

    In a table, ``several`` values of one field are parted by semicolons.
    """

    place: str
    fields: Mapping[str, Any]
    several: bool = False


class Listed(NamedTuple):
    """The edits of a batch, what their paths are relative to, and what was left out and why."""

    sources: list[Source]
    folder: Path
    left_out: list[str]


def listed(edits: Path, *, selects: bool) -> Listed:
    """The edits of a file or folder; ``BadInput`` for what is none, or holds none.

    With ``selects`` the command line says what to change, so a picture needs no mask.
    """
    if edits.is_dir():
        found = _pairs(edits, selects)
    elif not edits.is_file():
        raise BadInput(f"There is no file or folder {edits}.")
    elif edits.suffix.lower() == ".csv":
        found = Listed(list(_table(edits)), edits.parent, [])
    elif edits.suffix.lower() in (".jsonl", ".ndjson"):
        found = Listed(list(_lines(edits)), edits.parent, [])
    else:
        raise BadInput(f"{edits.name} is no list of edits; name a .jsonl, a .csv or a folder.")
    if not found.sources:
        why = f": {' '.join(found.left_out)}" if found.left_out else "."
        raise BadInput(f"There is no edit in {edits}{why}")
    return found


def _pairs(folder: Path, selects: bool) -> Listed:
    """Every ``x.jpg`` with its ``x_mask.png``; other pictures too where no mask is needed."""
    pictures = sorted(
        path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in _PICTURES
    )
    masks = {path.stem.removesuffix(_MASK): path for path in pictures if _is_mask(path)}
    sources, left_out = [], []
    alone = set(masks)
    for picture in (path for path in pictures if not _is_mask(path)):
        mask = masks.get(picture.stem)
        alone.discard(picture.stem)
        if mask is not None:
            fields = {"image": picture.name, "mask": mask.name}
            sources.append(Source(picture.name, fields))
        elif selects:
            sources.append(Source(picture.name, {"image": picture.name}))
        else:
            left_out.append(f"{picture.name} has no {picture.stem}{_MASK}.png.")
    left_out += [f"{masks[stem].name} has no picture." for stem in sorted(alone)]
    return Listed(sources, folder, left_out)


def _is_mask(path: Path) -> bool:
    return path.stem.endswith(_MASK)


def _lines(path: Path) -> Iterator[Source]:
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            fields = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadInput(
                f"{path.name}, {place}, is no JSON ({error.msg} at {error.pos})."
            ) from error
        if not isinstance(fields, dict):
            raise BadInput(f'{path.name}, {place}, is no object like {{"image": "a.jpg"}}.')
        yield Source(place, fields)


def _table(path: Path) -> Iterator[Source]:
    lines = _text(path).splitlines(keepends=True)
    head = lines[0] if lines else ""
    # Spreadsheets of many countries write semicolons.
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        for fields in reader:
            place = f"line {reader.line_num}"
            cells, names = _cells(fields), reader.fieldnames or ()
            if cells != len(names):
                raise BadInput(
                    f"{path.name}, {place}, has {_count(cells, 'cell')}, and the first line names "
                    f"{len(names)} ({', '.join(names)}). Leave cells without a value empty, and "
                    'put values with commas or semicolons in "quotes".'
                )
            given = {name.strip(): value for name, value in fields.items() if value}
            if given:
                yield Source(place, given, several=True)
    except csv.Error as error:
        raise BadInput(f"{path.name}, line {reader.line_num}, is no table ({error}).") from error


def _cells(fields: Mapping[Any, Any]) -> int:
    """How many cells a line of a table had: the reader fills up what is missing with None."""
    beyond = fields.get(None) or ()
    return sum(value is not None for name, value in fields.items() if name is not None) + len(
        beyond
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name} is not UTF-8 text; save it as such.") from error
