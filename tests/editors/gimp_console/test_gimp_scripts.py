"""The procedures as scripts see them, and what the guide says of that."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.editors.desktop import Desktop
from tests.editors.gimp import Gimp
from tests.editors.gimp_documents import Document
from tests.editors.gimp_package import pack
from tests.editors.reference import photograph
from tests.editors.root import Editors
from tests.support.daemon import GUARD, Daemon

GUIDE = Path(__file__).parents[3] / "docs/gimp.md"


def example(language: str, about: str) -> str:
    """The guide's block of code in this language that has these words."""
    blocks = re.findall(r"```(\w*)\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    [found] = [text for name, text in blocks if name == language and about in text]
    return str(found)


@pytest.fixture
def home(editors: Editors, tmp_path: Path) -> Iterator[Desktop]:
    """The home of somebody else, with the plug-in."""
    with Desktop(editors, tmp_path) as desktop:
        Gimp(desktop, pack(desktop.share), {})
        yield desktop


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


def test_the_guides_call_makes_a_layer(gimp: Gimp, document: Document) -> None:
    given = f"from gi.repository import Gimp\nimage = Gimp.Image.get_by_id({document.id})\n"
    call = example("python", '"feather"')
    name = gimp.play("desk.run", code=f"{given}{call}\nvalue = layer.get_name()")
    assert document.play("stack") == [name, "paper"]
    used = document.made(name).record
    assert (used["seed"], used["parameters"]["feather"]) == (1, 12)


def test_the_guides_script_works_without_windows(gimp: Gimp, home: Desktop, daemon: Daemon) -> None:
    Image.fromarray(photograph()).save(home.share / "photograph.png")
    (home.share / "remove.py").write_text(example("python", "photograph.png"))
    found = [f"SFUMATO_ADDRESS={daemon.address}", f"SFUMATO_TOKEN={daemon.token}"]
    line = f"cd {home.share} && {example('sh', 'remove.py')}"
    home.run(["env", *found, "sh", "-c", line], timeout=GUARD)
    # The other GIMP sees its own folder alone.
    removed = shutil.copy(home.share / "removed.xcf", gimp.share)
    layers = gimp.play("documents.opened", path=str(removed), into=str(gimp.share))
    assert len(layers) == 2
    assert layers[0][0] == "Remove 1"
