"""A file in layers that the command writes, opened in the real GIMP."""

from __future__ import annotations

from tests.editors.desktop import Desktop
from tests.editors.gimp import Gimp
from tests.editors.gimp_package import pack
from tests.editors.openraster import check, written


def test_gimp_opens_the_layers(desktop: Desktop) -> None:
    folder = desktop.share / "openraster"
    folder.mkdir(exist_ok=True)
    with Gimp(desktop, pack(desktop.share), {}) as gimp:
        listed = gimp.play("documents.opened", path=str(written(folder)), into=str(folder))
    check(listed, [0, 1, 2, 3], folder)
