"""Commands that take their options in groups: frozen dataclasses, whose fields typer sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from inspect import Parameter, signature
from typing import Any, get_type_hints


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the fields of its groups as options of their own.

    A parameter whose type is a dataclass is a group. Its fields are annotated as typer wants
    options (``Annotated[type, typer.Option(...)]``), and their defaults are the options' defaults.
    Commands with the same options share a group; one that wants another default inherits from it.
    No name may come twice.
    """
    hints = get_type_hints(command, include_extras=True)
    flat: list[Parameter] = []
    for name in signature(command).parameters:
        hint = hints[name]
        own = signature(command).parameters[name].default
        flat += _options(hint) if is_dataclass(hint) else [_option(name, hint, own)]

    def called(**values: Any) -> None:
        command(**gathered(command, values))

    called.__name__, called.__doc__ = command.__name__, command.__doc__
    called.__module__ = command.__module__
    called.__annotations__ = {each.name: each.annotation for each in flat}
    called.__signature__ = signature(command).replace(parameters=flat)  # type: ignore[attr-defined]
    return called


def gathered(command: Callable[..., None], values: Mapping[str, Any]) -> dict[str, Any]:
    """A command's own arguments of the values of its options."""
    hints = get_type_hints(command, include_extras=True)
    return {
        name: group_of(hints[name], values) if is_dataclass(hints[name]) else values[name]
        for name in signature(command).parameters
    }


def group_of(kind: Any, values: Mapping[str, Any]) -> Any:
    """A group filled with those of the values that are its own."""
    return kind(**{field.name: values[field.name] for field in fields(kind)})


def _options(group: Any) -> list[Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        _option(
            field.name,
            hints[field.name],
            Parameter.empty if field.default is MISSING else field.default,
        )
        for field in fields(group)
    ]


def _option(name: str, hint: Any, default: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=hint)
