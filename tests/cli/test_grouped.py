"""Commands take their options in groups; a person sees options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from sfumato.cli.grouped import gathered, grouped
from sfumato.cli.inpaint import inpaint
from sfumato.cli.outpaint import outpaint


@dataclass(frozen=True)
class Size:
    """Two sides."""

    width: Annotated[int, typer.Option(min=1, help="Across.")]
    height: Annotated[int, typer.Option("--tall", help="Down.")] = 3


@dataclass(frozen=True)
class Wide(Size):
    """The same, flat."""

    height: Annotated[int, typer.Option("--tall")] = 1


def paint(
    name: Annotated[str, typer.Argument()],
    size: Size,
    force: Annotated[bool, typer.Option()] = False,
) -> None:
    """Paint it."""
    typer.echo(f"{name} {size} {force}")


def draw(size: Wide) -> None:
    typer.echo(str(size))


def said(command: object, *arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(grouped(command))  # type: ignore[arg-type]
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.output


def test_a_group_is_filled_from_its_fields_options() -> None:
    assert said(paint, "x", "--width", "5") == (0, "x Size(width=5, height=3) False\n")
    assert said(paint, "x", "--width", "5", "--tall", "9", "--force") == (
        0,
        "x Size(width=5, height=9) True\n",
    )


def test_a_field_without_default_is_a_required_option_and_limits_hold() -> None:
    code, output = said(paint, "x")
    assert (code, "Missing option '--width'" in output) == (2, True)
    code, output = said(paint, "x", "--width", "0")
    assert (code, "greater than or equal to 1" in output) == (2, True)


def test_a_group_that_inherits_has_defaults_of_its_own() -> None:
    assert said(draw, "--width", "2") == (0, "Wide(width=2, height=1)\n")


def test_the_command_keeps_its_name_and_its_words() -> None:
    assert (grouped(paint).__name__, grouped(paint).__doc__) == ("paint", "Paint it.")


def test_the_groups_of_a_command_can_be_gathered_without_calling_it() -> None:
    values = {"name": "x", "width": 5, "height": 3, "force": False}
    assert gathered(paint, values) == {"name": "x", "size": Size(5, 3), "force": False}


@pytest.mark.parametrize("command", [inpaint, outpaint])
def test_no_option_comes_twice(command: object) -> None:
    alone = typer.Typer()
    alone.command()(command)  # type: ignore[type-var]
    made = typer.main.get_command(alone)
    names = [name for parameter in made.params for name in parameter.opts]
    assert len(names) == len(set(names))
