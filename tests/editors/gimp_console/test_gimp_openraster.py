"""A file in layers that the command writes, opened in the real GIMP."""

from __future__ import annotations

from tests.editors.gimp import Gimp
from tests.editors.openraster import check, written


def test_gimp_opens_the_layers(gimp: Gimp) -> None:
    folder = gimp.share / "openraster"
    folder.mkdir(exist_ok=True)
    listed = gimp.play("documents.opened", path=str(written(folder)), into=str(folder))
    check(listed, [0, 1, 2, 3], folder)
