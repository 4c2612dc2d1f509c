"""Krita ends in the middle of an edit."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data

from tests.editors.desktop import Desktop
from tests.editors.krita_package import pack
from tests.editors.krita_studio import Studio
from tests.editors.root import Editors


def test_quitting_ends_the_edit_and_krita_cleanly(
    editors: Editors, tmp_path_factory: pytest.TempPathFactory
) -> None:
    share = tmp_path_factory.mktemp("ending")
    package = pack(share)
    with Desktop(editors, share) as desktop:
        studio = Studio(desktop, package)
        with studio.krita, studio.scripted() as daemon:
            studio.play("artist.show_docker")
            studio.easel.open(skimage.data.coffee())
            selection = np.zeros(studio.easel.shape, np.uint8)
            selection[100:200, 200:300] = 255
            studio.easel.select(selection)
            daemon.hold()
            studio.play("artist.trigger", action="sfumato_remove")
            assert daemon.at_work.wait(60)

            assert studio.krita.quit() == 0

            assert daemon.edits[0].cancel_asked.wait(20)
            assert daemon.edits[0].variations == 0
