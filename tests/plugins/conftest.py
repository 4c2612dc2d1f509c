from pathlib import Path

import pytest

from sfumato.plugins.package import Editor, package


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[Editor, Path]:
    """Both zips, packed from this checkout."""
    krita, gimp = package(tmp_path_factory.mktemp("dist"))
    return {Editor.KRITA: krita, Editor.GIMP: gimp}
