"""GIMP is quit in the middle of an edit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.desktop import Desktop
from tests.editors.gimp import Gimp
from tests.editors.gimp_daemons import AttentiveDaemon
from tests.editors.gimp_hands import GIMP, PATIENCE_S, Hands, until
from tests.editors.gimp_package import pack
from tests.editors.gimp_subjects import photograph_in
from tests.editors.root import Editors
from tests.editors.scripted_daemon import TOKEN


@pytest.fixture
def desktop(editors: Editors, tmp_path: Path) -> Iterator[Desktop]:
    """The screen of a GIMP that nobody else needs."""
    with Desktop(editors, tmp_path) as desktop:
        yield desktop


def test_quitting_gimp_ends_its_job(desktop: Desktop, daemon: AttentiveDaemon) -> None:
    environ = {"SFUMATO_ADDRESS": daemon.address, "SFUMATO_TOKEN": TOKEN}
    hands = Hands(desktop)
    with Gimp(desktop, pack(desktop.share), environ, windows=True) as gimp:
        document = photograph_in(gimp)
        document.play("display")
        daemon.hold()
        hands.invoke("remove")
        assert daemon.at_work.wait(PATIENCE_S)
        daemon.left.clear()
        hands.press("ctrl+q", GIMP)
        assert daemon.left.wait(PATIENCE_S)
        until(lambda: not gimp.alive, "GIMP did not quit")
    daemon.release()
