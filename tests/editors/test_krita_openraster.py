"""A file in layers that the command writes, opened in the real Krita."""

from __future__ import annotations

from tests.editors.krita_studio import Studio
from tests.editors.openraster import check, written


def test_krita_opens_the_layers(studio: Studio) -> None:
    folder = studio.share / "openraster"
    folder.mkdir(exist_ok=True)
    listed = studio.play("paper.opened", path=str(written(folder)), into=str(folder))
    check(listed, [2, 1, 0, 3], folder)
