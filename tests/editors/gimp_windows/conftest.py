"""One GIMP with windows, with the plug-in and a daemon whose steps the test holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.editors.desktop import Desktop
from tests.editors.gimp import Gimp
from tests.editors.gimp_daemons import AttentiveDaemon
from tests.editors.gimp_documents import Document
from tests.editors.gimp_hands import GIMP, Hands
from tests.editors.gimp_package import pack
from tests.editors.gimp_subjects import photograph_in
from tests.editors.root import Editors
from tests.editors.scripted_daemon import TOKEN


@pytest.fixture(scope="package")
def desktop(editors: Editors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """The screen and the home of this GIMP."""
    with Desktop(editors, tmp_path_factory.mktemp("windows")) as desktop:
        yield desktop


@pytest.fixture(scope="package")
def daemon() -> Iterator[AttentiveDaemon]:
    """The daemon that this GIMP finds."""
    with AttentiveDaemon() as daemon:
        yield daemon


@pytest.fixture(scope="package")
def hands(desktop: Desktop) -> Hands:
    """The artist's."""
    return Hands(desktop)


@pytest.fixture(scope="package")
def gimp(desktop: Desktop, daemon: AttentiveDaemon, hands: Hands) -> Iterator[Gimp]:
    """The one GIMP of these tests."""
    environ = {"SFUMATO_ADDRESS": daemon.address, "SFUMATO_TOKEN": TOKEN}
    with Gimp(desktop, pack(desktop.share), environ, windows=True) as gimp:
        hands.enlarge(GIMP)
        yield gimp


@pytest.fixture
def document(gimp: Gimp, daemon: AttentiveDaemon) -> Iterator[Document]:
    """A photograph in a window, with a hard selection."""
    document = photograph_in(gimp)
    document.play("display")
    yield document
    daemon.release()
    document.play("undisplay")
