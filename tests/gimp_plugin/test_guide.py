"""The guide, the dialogs and Krita's docker call the same things by the same names."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from gimp_plugin import arguments
from gimp_plugin.arguments import Argument, Pick

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs/gimp.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    """A part of the guide as one line."""
    part = GUIDE.partition(f" {heading}\n")[2]
    return " ".join(re.split(r"^#", part, maxsplit=1, flags=re.M)[0].split())


def label(argument: Argument) -> str:
    """What the dialog shows."""
    return argument.label.replace("_", "")


def of_krita(module: str, name: str) -> dict[str, Any]:
    """A dictionary of a module that only Krita can import."""
    tree = ast.parse((ROOT / "krita_plugin" / f"{module}.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return dict(ast.literal_eval(node.value))
    raise AssertionError(f"{module} has no {name}")


def test_the_guide_tells_of_every_field_of_inpaint_by_its_label() -> None:
    told = section("Put something else there") + section("Advanced")
    bold = set(re.findall(r"\*\*(.+?)\*\*", told)) - {"recipes"}
    prompt = label(arguments.PROMPT)
    assert bold == {label(argument) for argument in arguments.INPAINT} - {prompt}


@pytest.mark.parametrize(
    "argument", [arguments.SOURCE, arguments.GRAY, arguments.CONTEXT], ids=lambda pick: pick.name
)
def test_the_guide_names_choices_as_the_dialog_does(argument: Pick) -> None:
    told = section("Advanced")
    choices = [label for _, label in argument.choices if label != "Automatic"]
    assert [choice for choice in choices if f"*{choice}*" not in told] == []


def test_the_guide_names_what_select_asks_as_its_dialog_does() -> None:
    told = section("Select")
    asked = (arguments.WIDEN, arguments.INVERT, arguments.CONFIDENCE, arguments.COUNT)
    assert [label(each) for each in asked if f"*{label(each)}*" not in told] == []


def test_both_editors_offer_the_same_choices_by_the_same_names() -> None:
    begin = dict(arguments.MASKED_CONTENT.choices)
    assert list(begin.values()) == list(of_krita("advanced", "BEGIN_TITLES").values())
    context = {
        label.removesuffix(" of") for label in of_krita("advanced", "CONTEXT_TITLES").values()
    }
    assert {label for _, label in arguments.CONTEXT.choices} == context
    assert dict(arguments.WHAT.choices) == of_krita("select_dialog", "TITLES")
