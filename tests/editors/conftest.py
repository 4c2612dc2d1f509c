"""What every test with a real editor shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.desktop import Desktop
from tests.editors.krita_easel import Easel
from tests.editors.krita_studio import Studio, opened
from tests.editors.root import Editors, NoEditorsError, find_editors
from tests.editors.scripted_daemon import ScriptedDaemon

# Making the editors' root takes minutes, once a machine; a session with an editor a minute or two.
PATIENCE = 1800


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook.
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(PATIENCE))
            # An editor is started once for all its tests: they stay together.
            item.add_marker(pytest.mark.xdist_group("_".join(item.path.stem.split("_")[:2])))


@pytest.fixture(scope="session")
def editors() -> Editors:
    """The place with both editors; without one the run fails with what to do."""
    try:
        return find_editors()
    except NoEditorsError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="module")
def desktop(editors: Editors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """A screen and an empty home of its own for the module's editor."""
    with Desktop(editors, tmp_path_factory.mktemp("desktop")) as desktop:
        yield desktop


@pytest.fixture(scope="session")
def studio(editors: Editors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """The one Krita of the run, with the packed plugin and the real daemon at work."""
    with opened(editors, tmp_path_factory.mktemp("krita")) as studio:
        yield studio


@pytest.fixture
def easel(studio: Studio) -> Iterator[Easel]:
    """An empty easel, before a connected docker; whatever is opened on it is closed."""
    studio.start_daemon()
    studio.play("connecting.connected")
    yield studio.easel
    studio.play("artist.clear_away")


@pytest.fixture
def daemon(studio: Studio, easel: Easel) -> Iterator[ScriptedDaemon]:
    """A daemon with a model that Krita uses, and whose steps the test holds."""
    with studio.scripted() as daemon:
        yield daemon
