"""Edits of a batch, parsed by ``inpaint``'s own parser."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import typer
from typer.exceptions import TyperException

from sfumato.cli.additions import Control, Reference
from sfumato.cli.batch.naming import Names
from sfumato.cli.batch.sources import Listed, Source
from sfumato.cli.failures import BadInput
from sfumato.cli.grouped import group_of
from sfumato.cli.inpaint import inpaint
from sfumato.cli.named import Named
from sfumato.cli.output import Keeping, Output
from sfumato.cli.painting import Changing
from sfumato.cli.pointing import Pointing
from sfumato.cli.selecting import Selecting

_TRUE, _FALSE = {"true", "yes", "1", "x"}, {"false", "no", "0", ""}
_MOST_MISTAKES = 10


@dataclass(frozen=True)
class Row:
    """One edit: ``name`` is its result's path in OUT, which tells it from the others.

    ``asked`` is all that was asked, as text that differs where anything does, and ``files`` are
    what it reads.
    """

    number: int
    name: str
    image: Path
    output: Output
    selecting: Selecting
    pointing: Pointing
    painting: Changing

    @property
    def asked(self) -> str:
        """What was asked, but for where it is read and written."""
        said = {
            field.name: _without_paths(getattr(group, field.name))
            for group in (self.selecting, self.pointing, self.painting)
            for field in fields(group)
            if getattr(group, field.name) != field.default
        }
        return json.dumps(said, default=str, sort_keys=True)

    @property
    def files(self) -> list[Path]:
        """The picture, and what else is read for it."""
        others = [self.selecting.mask]
        others += [control.image for control in self.painting.control or ()]
        others += [reference.image for reference in self.painting.reference or ()]
        return [self.image, *(path for path in others if path is not None)]


def _without_paths(value: Any) -> Any:
    """An option's value without the paths of files, whose contents count instead."""
    if isinstance(value, list):
        return [_without_paths(each) for each in value]
    if isinstance(value, Control | Reference):
        return (type(value).__name__, *(part for part in value if not isinstance(part, Path)))
    return None if isinstance(value, Path) else value


def rows(listed: Listed, common: Mapping[str, Any], names: Names) -> list[Row]:
    """All edits of a batch, or ``BadInput`` with the mistakes of all of them.

    ``common`` are the options given for all, by their parameters' names; a row's own win.
    """
    made: list[Row] = []
    mistakes: list[str] = []
    for number, source in enumerate(listed.sources, 1):
        try:
            made.append(_row(number, source, listed.folder, common, names))
        except (BadInput, TyperException) as error:
            message = getattr(error, "format_message", lambda error=error: str(error))()
            mistakes.append(f"{source.place}: {message}")
    mistakes += names.mistakes((row.number, row.output) for row in made)
    if mistakes:
        more = len(mistakes) - _MOST_MISTAKES
        shown = mistakes[:_MOST_MISTAKES] + ([f"and {more} more"] if more > 0 else [])
        raise BadInput("Nothing was done, as there are mistakes:\n" + "\n".join(shown))
    return made


def given(context: typer.Context) -> dict[str, Any]:
    """The values that a person gave, without the defaults."""
    return {
        name: value
        for name, value in context.params.items()
        if (source := context.get_parameter_source(name)) and source.name in _GIVEN
    }


_GIVEN = ("COMMANDLINE", "ENVIRONMENT")


def _row(number: int, source: Source, folder: Path, common: Mapping[str, Any], names: Names) -> Row:
    words = dict(_arguments(source))
    context = _PARSER.make_context("inpaint", ["--out=-", *_flat(words)])
    values = {**context.params, **common, **_in_folder(given(context), folder)}
    painting: Changing = group_of(Changing, values)
    told = {"number": number, "model": painting.model, "preset": painting.preset}
    written = {name: str(source.fields[name]) for name in ("out", "layer") if name in source.fields}
    name, output = names.of(context.params["image"], told, written)
    selecting, pointing = group_of(Selecting, values), group_of(Pointing, values)
    return Row(number, name, values["image"], output, selecting, pointing, painting)


def _in_folder(own: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A row's values with its paths, which are relative to where the row is written."""
    moved: dict[str, Any] = {name: folder / own[name] for name in ("image", "mask") if name in own}
    for name in ("control", "reference"):
        if own.get(name):
            moved[name] = [
                each._replace(image=folder / each.image) if each.image is not None else each
                for each in own[name]
            ]
    return {**own, **moved}


def _parser() -> Any:
    """``inpaint``'s own."""
    alone = typer.Typer(add_completion=False)
    alone.command()(inpaint)
    return typer.main.get_command(alone)


_PARSER = _parser()
_OF_ALL = {field.name for group in (Named, Keeping) for field in fields(group)} | {"help"}
_OPTIONS = {
    option.removeprefix("--"): parameter
    for parameter in _PARSER.params
    for option in parameter.opts
    if option.startswith("--") and parameter.name not in _OF_ALL
}


def _arguments(source: Source) -> Iterator[tuple[str, list[str]]]:
    """Every field as words of a command line."""
    for name, value in source.fields.items():
        option = str(name).strip().replace("_", "-").lower()
        if option == "image":
            if not isinstance(value, str) or not value:
                raise BadInput("its `image` is no path.")
            yield option, [value]
        elif option in ("out", "layer"):
            continue  # they name files in OUT
        elif option in _OPTIONS:
            yield option, _words(option, value, source.several)
        elif option.replace("-", "_") in _OF_ALL:
            raise BadInput(f"--{option} is for the whole batch; give it on the command line.")
        else:
            known = ", ".join(["image", *_OPTIONS])
            raise BadInput(f"there is no field {name!r}; there are {known}.")
    if "image" not in {str(name).strip().lower() for name in source.fields}:
        raise BadInput("it has no `image`.")


def _words(option: str, value: Any, several: bool) -> list[str]:
    parameter = _OPTIONS[option]
    if value is None:
        return []
    if getattr(parameter, "is_flag", False):
        return _flag(option, value)
    if isinstance(value, (bool, Mapping)):
        raise BadInput(f"`{option}` is {json.dumps(value)}.")
    if parameter.multiple:
        parts: Sequence[Any] = _several(option, value, several)
        return [f"--{option}={_text(option, part)}" for part in parts]
    return [f"--{option}={_text(option, value)}"]


def _flag(option: str, value: Any) -> list[str]:
    word = str(value).strip().lower()
    if word not in _TRUE | _FALSE:
        raise BadInput(f"`{option}` is {value!r}; it is true or false.")
    return [f"--{option}"] if word in _TRUE else []


def _several(option: str, value: Any, several: bool) -> Sequence[Any]:
    """The values of an option that may come several times."""
    if isinstance(value, str):
        parts = value.split(";") if several else [value]
        return [part.strip() for part in parts if part.strip()]
    if not isinstance(value, list):
        raise BadInput(f"`{option}` is {value!r}; write text, or a list.")
    one = value and all(isinstance(part, int | float) for part in value)
    corners = option == "polygon" and value and all(_is_pair(part) for part in value)
    return [value] if one or corners else value


def _is_pair(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(part, int | float) for part in value)
    )


def _text(option: str, value: Any) -> str:
    """Numbers of boxes, points and corners as a command line writes them."""
    if isinstance(value, list) and value and all(_is_pair(part) for part in value):
        return " ".join(_text(option, part) for part in value)
    if isinstance(value, list):
        return ",".join(str(part) for part in value)
    return str(value)


def _flat(words: Mapping[str, Sequence[str]]) -> list[str]:
    """The words with the picture last, behind ``--``, as it may have any name."""
    options = [word for name, several in words.items() if name != "image" for word in several]
    return [*options, "--", *words["image"]]
