"""Presets: intentions with good values, shipped in ``presets.toml`` and the user's own.

An own preset is one TOML file in ``presets`` beside ``config.toml``; its name is the preset's, and
one that is named like a shipped one takes its place. ``based_on`` begins from another preset.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from sfumato.engines.parameters import MaskedContent, Operation, Scheduler
from sfumato.models.families import families

_NAME = re.compile(r"[\w-]{1,64}")
_BASE = "based_on"


class PresetError(Exception):
    """A preset's file is wrong; the message names it and the key, and says what is allowed."""


def _known(names: dict[str, Values]) -> dict[str, Values]:
    for name in names:
        if name not in families():
            raise ValueError(f"must name families ({', '.join(families())}), unlike {name}")
    return names


class Values(BaseModel):
    """What a preset sets. None: left to the model, or to the selection.

    ``steps_factor`` and ``guidance_factor`` are multiples of the model's own values; ``grow`` and
    ``feather`` are canvas pixels, and so is ``context`` where it is a number.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    operation: Operation | None = None
    strength: Annotated[float, Field(gt=0, le=1)] | None = None
    steps: Annotated[int, Field(ge=1, le=150)] | None = None
    steps_factor: Annotated[float, Field(gt=0, le=10)] | None = None
    guidance: Annotated[float, Field(ge=0, le=50)] | None = None
    guidance_factor: Annotated[float, Field(gt=0, le=10)] | None = None
    scheduler: Scheduler | None = None
    masked_content: MaskedContent | None = None
    grow: Annotated[float, Field(ge=0, le=256)] | None = None
    feather: Annotated[float, Field(ge=0, le=512)] | None = None
    context: Literal["auto", "double", "whole"] | Annotated[int, Field(ge=32, le=4096)] | None = (
        None
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        for name in ("steps", "guidance"):
            if getattr(self, name) is not None and getattr(self, f"{name}_factor") is not None:
                raise ValueError(f"{name} and {name}_factor cannot both be given")
        return self


class Preset(Values):
    """An intention by its name; ``own`` if it comes from the user's file."""

    name: str
    title: Annotated[str, Field(min_length=1, max_length=64)]
    description: Annotated[str, Field(max_length=400)] = ""
    families: Annotated[dict[str, Values], AfterValidator(_known)] = {}
    own: bool = False

    def for_family(self, family: str) -> Values:
        """The values for models of a family; what the family's table gives wins."""
        special = self.families.get(family, Values()).model_dump(exclude_none=True)
        general = self.model_dump(include=set(Values.model_fields), exclude_none=True)
        for name in ("steps", "guidance"):
            if special.keys() & {name, f"{name}_factor"}:
                general.pop(name, None)
                general.pop(f"{name}_factor", None)
        return Values(**general | special)


@cache
def shipped() -> Mapping[str, Preset]:
    """The presets that come with Sfumato, in the order of their file."""
    return {name: Preset(name=name, **table) for name, table in _shipped_tables().items()}


def presets(folder: Path) -> Mapping[str, Preset]:
    """The shipped presets and those of a folder, which need not be there; ``PresetError``."""
    found = dict(shipped())
    for path in sorted(folder.glob("*.toml")):
        found[path.stem] = _own(path)
    return found


def _own(path: Path) -> Preset:
    if not _NAME.fullmatch(path.stem):
        raise PresetError(
            f"{path} cannot be a preset's name; use letters, digits, _ and - before .toml."
        )
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise PresetError(f"The preset {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PresetError(f"The preset {path} is not a TOML file: {error}.") from error
    based_on = table.pop(_BASE, None)
    if based_on is not None:
        if based_on not in shipped():
            raise PresetError(
                f"{path}: {_BASE} is {based_on!r}, but must be one of {', '.join(shipped())}."
            )
        table = _over(_shipped_tables()[based_on], table)
    for forced in {"name", "own"} & table.keys():
        raise PresetError(f"{path}: there is no key {forced}. {_known_keys()}")
    try:
        return Preset(**{"title": path.stem, **table}, name=path.stem, own=True)
    except ValidationError as error:
        raise PresetError("\n".join(_sentence(path, each) for each in error.errors())) from None


def _over(base: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """A preset's table laid over that of its base; a value in one form replaces the other form."""
    replaced = {
        other
        for name in ("steps", "guidance")
        for key, other in ((name, f"{name}_factor"), (f"{name}_factor", name))
        if key in table
    }
    # What the artist sets holds for every family, too.
    special = {
        family: {key: value for key, value in values.items() if key not in {*table, *replaced}}
        for family, values in base.get("families", {}).items()
    }
    kept = {key: value for key, value in base.items() if key not in replaced}
    return kept | {"families": special} | dict(table)


@cache
def _shipped_tables() -> Mapping[str, dict[str, Any]]:
    text = resources.files(__package__).joinpath("presets.toml").read_text("utf-8")
    return tomllib.loads(text)


def _sentence(path: Path, error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"] if part != "constrained-int")
    if error["type"] == "extra_forbidden":
        return f"{path}: there is no key {key}. {_known_keys()}"
    reason = error["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    if not key:
        return f"{path}: {reason}."
    return f"{path}: {key} is {error['input']!r}, but {reason}."


def _known_keys() -> str:
    keys = [key for key in Preset.model_fields if key not in ("name", "own")]
    return f"Known: {', '.join([*keys, _BASE])}."
