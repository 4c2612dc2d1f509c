"""The procedures as scripts see them."""

from __future__ import annotations

from tests.editors.gimp import Gimp


def test_the_public_names_are_in_the_menus(gimp: Gimp) -> None:
    found = gimp.play("edits.procedures")
    assert {
        name.removeprefix("plug-in-sfumato-"): each["label"] for name, each in found.items()
    } == {
        "inpaint": "_Inpaint...",
        "remove": "_Remove Selection",
        "outpaint": "E_xtend Canvas...",
        "select": "_Select...",
        "repeat": "Repeat _Last",
        "connection": "_Connection...",
    }
    assert all(each["menus"] == ["<Image>/Filters/Sfumato"] for each in found.values())
