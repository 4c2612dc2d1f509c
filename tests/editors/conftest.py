"""What every test with a real editor shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.desktop import Desktop
from tests.editors.root import Editors, NoEditorsError, find_editors

# Making the editors' root takes minutes, once a machine; a session with an editor a minute or two.
PATIENCE = 1800


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(PATIENCE))
            # An editor is started once for a module: its tests stay together.
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


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
