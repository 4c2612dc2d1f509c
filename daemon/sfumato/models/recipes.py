"""Recipes: several passes over one edit, shipped in ``sfumato/recipes`` and the user's own.

A recipe is one TOML file; its name is the recipe's. The user's own lie in ``recipes`` beside
``config.toml``, and one that is named like a shipped one takes its place.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sfumato.engines.parameters import MaskedContent, Scheduler
from sfumato.models.presets import PresetError
from sfumato_client.wire.parameters_pb2 import Parameters, Stage

SUFFIX = ".toml"


class RecipePass(BaseModel):
    """One pass; what it leaves out is the edit's or the model's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w -]+$")]
    show: bool = False
    boundary: bool = False
    preset: str | None = None
    model: str | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    strength: Annotated[float, Field(gt=0, le=1)] | None = None
    steps: Annotated[int, Field(ge=1, le=150)] | None = None
    guidance: Annotated[float, Field(ge=0, le=50)] | None = None
    scheduler: Scheduler | None = None
    masked_content: MaskedContent | None = None

    @property
    def message(self) -> Stage:
        """The same on the wire."""
        said = self.model_dump(exclude_none=True, exclude={"name", "show", "boundary"})
        for name, prefix in (("scheduler", "SCHEDULER"), ("masked_content", "MASKED_CONTENT")):
            if name in said:
                said[name] = f"{prefix}_{said[name].name}"
        return Stage(
            name=self.name,
            parameters=Parameters(**said),
            emit_result=self.show,
            boundary=self.boundary,
        )


class Recipe(BaseModel):
    """Its passes in order; ``own`` if it comes from the user's file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    title: Annotated[str, Field(max_length=64)] = ""
    description: Annotated[str, Field(max_length=400)] = ""
    stages: Annotated[list[RecipePass], Field(min_length=1, max_length=8)]
    own: bool = False

    @property
    def messages(self) -> tuple[Stage, ...]:
        """The passes on the wire."""
        return tuple(stage.message for stage in self.stages)

    @property
    def shown(self) -> list[str]:
        """The names of the earlier passes whose results are wanted by themselves."""
        return [stage.name for stage in self.stages[:-1] if stage.show]


@cache
def shipped() -> Mapping[str, Recipe]:
    """The recipes that come with Sfumato, by name."""
    folder = files("sfumato").joinpath("recipes")
    found = sorted((each for each in folder.iterdir()), key=lambda each: each.name)
    return {
        name: parsed(each.read_text("utf-8"), name, f"The recipe {name}")
        for each in found
        if (name := each.name.removesuffix(SUFFIX)) != each.name
    }


def recipes(folder: Path) -> Mapping[str, Recipe]:
    """The shipped recipes and those of a folder, which need not be there; ``PresetError``."""
    found = dict(shipped())
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        found[path.stem] = read(path)
    return found


def read(path: Path) -> Recipe:
    """The recipe in a file of the user's; ``PresetError`` if it is wrong or cannot be read."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise PresetError(f"{path} is not UTF-8 text.") from None
    except OSError as error:
        raise PresetError(f"The recipe {path} cannot be read: {error.strerror}.") from error
    return parsed(text, path.stem, str(path), own=True)


def parsed(text: str, name: str, where: str, own: bool = False) -> Recipe:
    """A recipe from TOML; ``PresetError`` says ``where`` it is wrong."""
    try:
        table = tomllib.loads(text)
        forced = {"name", "own"} & table.keys()
        if forced:
            raise PresetError(f"{where}: there is no key {', '.join(sorted(forced))}.")
        return Recipe(**{"title": name[:64], **table}, name=name, own=own)
    except tomllib.TOMLDecodeError as error:
        raise PresetError(f"{where} is not a TOML file: {error}.") from error
    except ValidationError as error:
        raise PresetError(f"{where}: {'; '.join(_mistakes(error))}.") from error


def _mistakes(error: ValidationError) -> Iterator[str]:
    for mistake in error.errors():
        place: Any = ".".join(str(part) for part in mistake["loc"])
        yield f"{place}: {mistake['msg']}"
