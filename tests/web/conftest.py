"""What the tests of the page's requests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.studio import Studio
from tests.web.studio import studio as open_studio


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """An owner, another artist, an admin, and tokens that are over."""
    with open_studio(tmp_path_factory.mktemp("studio")) as studio:
        yield studio
