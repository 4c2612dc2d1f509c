"""Recipes: several passes over one edit, as TOML files beside the presets."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sfumato.cli.failures import BadInput
from sfumato.engines.parameters import MaskedContent, Scheduler
from sfumato.settings import config_dir
from sfumato_client.wire.parameters_pb2 import Parameters, Stage

_SUFFIX = ".toml"


class _Stage(BaseModel):
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
    """Its passes in order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = ""
    stages: Annotated[list[_Stage], Field(min_length=1, max_length=8)]

    @property
    def messages(self) -> tuple[Stage, ...]:
        """The same on the wire."""
        return tuple(stage.message for stage in self.stages)

    @property
    def shown(self) -> list[str]:
        """The names of the earlier passes whose results are wanted by themselves."""
        return [stage.name for stage in self.stages[:-1] if stage.show]


def recipe(named: str) -> Recipe:
    """A recipe by the path of its file, or by name: the user's own, else one that is shipped.

    Raises ``BadInput`` for one that is not there, or wrong.
    """
    text, where = _text(named)
    try:
        return Recipe(**tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{where} is not a TOML file: {error}.") from error
    except ValidationError as error:
        raise BadInput(f"{where}: {'; '.join(_mistakes(error))}.") from error


def names() -> list[str]:
    """The recipes that can be named: the user's own, and those that are shipped."""
    own = {path.stem for path in own_folder().glob(f"*{_SUFFIX}")}
    return sorted(own | set(_shipped()))


def own_folder() -> Path:
    """Where the user's recipes lie."""
    return config_dir() / "recipes"


def _text(named: str) -> tuple[str, str]:
    path = Path(named) if named.endswith(_SUFFIX) else own_folder() / f"{named}{_SUFFIX}"
    if path.name == f"{named}{_SUFFIX}" and not path.is_file() and named in _shipped():
        return _shipped()[named], f"The recipe {named}"
    try:
        return path.read_text("utf-8"), str(path)
    except FileNotFoundError:
        raise BadInput(
            f"There is no recipe {named}. Known: {', '.join(names())}; or name a {_SUFFIX} file."
        ) from None
    except UnicodeDecodeError:
        raise BadInput(f"{path} is not UTF-8 text.") from None


def _shipped() -> Mapping[str, str]:
    folder = files("sfumato").joinpath("recipes")
    return {
        each.name.removesuffix(_SUFFIX): each.read_text("utf-8")
        for each in folder.iterdir()
        if each.name.endswith(_SUFFIX)
    }


def _mistakes(error: ValidationError) -> Iterator[str]:
    for mistake in error.errors():
        place: Any = ".".join(str(part) for part in mistake["loc"])
        yield f"{place}: {mistake['msg']}"
