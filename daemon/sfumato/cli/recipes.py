"""The recipe that ``--recipe`` names."""

from __future__ import annotations

from pathlib import Path

from sfumato.cli.failures import BadInput
from sfumato.models.presets import PresetError
from sfumato.models.recipes import SUFFIX, Recipe, read, shipped
from sfumato.settings import config_dir


def recipe(named: str) -> Recipe:
    """A recipe by the path of its file, or by name: the user's own, else one that is shipped.

    Raises ``BadInput`` for one that is not there, or wrong.
    """
    path = Path(named) if named.endswith(SUFFIX) else own_folder() / f"{named}{SUFFIX}"
    if not path.is_file():
        if named in shipped():
            return shipped()[named]
        raise BadInput(
            f"There is no recipe {named}. Known: {', '.join(names())}; or name a {SUFFIX} file."
        )
    try:
        return read(path)
    except PresetError as error:
        raise BadInput(str(error)) from error


def names() -> list[str]:
    """The recipes that can be named: the user's own, and those that are shipped."""
    return sorted({path.stem for path in own_folder().glob(f"*{SUFFIX}")} | shipped().keys())


def own_folder() -> Path:
    """Where the user's recipes lie."""
    return config_dir() / "recipes"
