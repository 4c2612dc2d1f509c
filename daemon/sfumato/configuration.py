"""Where settings come from: flags over the environment over a TOML file.

``limits.regions`` is ``SFUMATO_LIMITS__REGIONS`` in the environment and ``regions`` under
``[limits]`` in ``config.toml``. What is wrong is told by its key, its source and what is allowed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource

from sfumato.settings import ENVIRONMENT_PREFIX, Settings, config_dir


class SettingsError(Exception):
    """A setting is wrong; ``message`` names the key, where it came from and what is allowed."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class _Source(NamedTuple):
    name: str
    values: dict[str, Any]


def load(flags: Mapping[str, Any] | None = None, config: Path | None = None) -> Settings:
    """The settings from flags (by key, nested, unset ones left out), the environment and a file.

    ``config`` is the file; without it ``config.toml`` in the user's configuration directory is
    read where there is one. ``SettingsError`` for anything that is not allowed.
    """
    sources = [
        _Source("the command line", dict(flags or {})),
        _Source("the environment", EnvSettingsSource(Settings)()),
        _Source(*_file(config)),
    ]
    merged: dict[str, Any] = {}
    for source in reversed(sources):
        merged = _merged(merged, source.values)
    try:
        return Settings(**merged)
    except ValidationError as error:
        lines = [_sentence(one, sources) for one in error.errors()]
        raise SettingsError("\n".join(lines)) from None


def default_config() -> Path:
    """Where the settings file lies unless one is named."""
    return config_dir() / "config.toml"


def _file(config: Path | None) -> tuple[str, dict[str, Any]]:
    path = config or default_config()
    if config is None and not path.exists():
        return "", {}
    try:
        return str(path), tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"Cannot read the settings in {path}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not a TOML file: {error}.") from error


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``over`` laid on ``under``, table by table. Models are one value: a flag replaces them."""
    merged = {**under, **over}
    for key in under.keys() & over.keys() - {"models"}:
        if isinstance(under[key], Mapping) and isinstance(over[key], Mapping):
            merged[key] = _merged(under[key], over[key])
    return merged


def _sentence(error: ErrorDetails, sources: Sequence[_Source]) -> str:
    location = [str(part) for part in error["loc"]]
    key = ".".join(location)
    source = next((s for s in sources if _holds(s.values, location)), None)
    origin = f" (from {_origin(source, location)})" if source else ""
    if error["type"] == "extra_forbidden":
        known = ", ".join(sorted(_siblings(location)))
        return f"Unknown setting {key}{origin}. Known here: {known}."
    reason = error["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return f"Setting {key} is {error['input']!r}{origin}, but it {reason}."


def _origin(source: _Source, location: Sequence[str]) -> str:
    if source.name == "the environment":
        return ENVIRONMENT_PREFIX + "__".join(location).upper()
    return source.name


def _holds(values: Mapping[str, Any], location: Sequence[str]) -> bool:
    here: Any = values
    for part in location:
        if not isinstance(here, Mapping) or part not in here:
            return False
        here = here[part]
    return True


def _siblings(location: Sequence[str]) -> Iterator[str]:
    """The keys allowed where ``location`` points."""
    model: type[BaseModel] = Settings
    for part in location[:-1]:
        annotation = model.model_fields[part].annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            model = annotation
    yield from model.model_fields
