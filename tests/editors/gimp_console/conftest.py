"""One GIMP without windows, as scripts use it, with the plug-in and the real daemon."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.editors.desktop import Desktop
from tests.editors.gimp import Gimp
from tests.editors.gimp_documents import Document
from tests.editors.gimp_package import pack
from tests.editors.gimp_subjects import photograph_in
from tests.editors.root import Editors
from tests.support.daemon import Daemon, running_daemon


@pytest.fixture(scope="package")
def desktop(editors: Editors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """The home of this GIMP."""
    with Desktop(editors, tmp_path_factory.mktemp("console")) as desktop:
        yield desktop


@pytest.fixture(scope="package")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """The daemon that this GIMP finds."""
    with running_daemon(tmp_path_factory.mktemp("state")) as daemon:
        yield daemon


@pytest.fixture(scope="package")
def gimp(desktop: Desktop, daemon: Daemon) -> Iterator[Gimp]:
    """The one GIMP of these tests."""
    environ = {"SFUMATO_ADDRESS": daemon.address, "SFUMATO_TOKEN": daemon.token}
    with Gimp(desktop, pack(desktop.share), environ) as gimp:
        yield gimp


@pytest.fixture
def document(gimp: Gimp) -> Iterator[Document]:
    """A photograph with a hard selection."""
    document = photograph_in(gimp)
    yield document
    document.close()
