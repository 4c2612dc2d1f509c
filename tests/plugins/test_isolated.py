"""A packed client works in every Python that editors carry, also beside another protobuf."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sfumato.plugins.package import Editor
from tests.support.serving import Serving

SCRIPT = Path(__file__).with_name("isolated.py")
VERSIONS = ("3.10", "3.11", "3.12", "3.13")
PACKAGES = {Editor.KRITA: "sfumato", Editor.GIMP: "sfumato.sfumato_gimp"}


def pythons() -> list[str]:
    """Return one interpreter for each version found on this machine, the running one first."""
    running = "{}.{}".format(*sys.version_info)
    found = {running: sys.executable}
    for version in VERSIONS:
        candidates = [shutil.which(f"python{version}")]
        pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
        candidates += sorted(str(path) for path in pyenv.glob(f"{version}.*/bin/python"))
        if sys.platform == "win32" and (launcher := shutil.which("py")):
            where = [launcher, f"-{version}", "-c", "import sys; print(sys.executable)"]
            asked = subprocess.run(where, capture_output=True, text=True, check=False)
            candidates.append(asked.stdout.strip())
        for candidate in filter(None, candidates):
            # A pyenv shim may stand for a version that is not switched on.
            asked = subprocess.run([candidate, "-V"], capture_output=True, text=True, check=False)
            if asked.stdout.startswith(f"Python {version}."):
                found.setdefault(version, candidate)
    return list(found.values())


PYTHONS = pythons()


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    running = Serving()
    yield running
    running.close()


@pytest.fixture(scope="module")
def unpacked(archives, tmp_path_factory) -> dict[Editor, Path]:
    folders = {}
    for editor, archive in archives.items():
        folders[editor] = tmp_path_factory.mktemp(str(editor))
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(folders[editor])
    return folders


@pytest.fixture(scope="module")
def foreign(tmp_path_factory) -> dict[str, Path]:
    """Older protobufs as another plugin would bring them."""
    folders = {}
    for version in ("3.20.3", "4.25.8"):
        folders[version] = tmp_path_factory.mktemp(f"protobuf-{version}")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
        command += [str(folders[version]), "--only-binary", ":all:", "--platform", "any"]
        command += ["--implementation", "py", "--abi", "none", f"protobuf=={version}"]
        subprocess.run(command, check=True, capture_output=True, timeout=100)
    return folders


def run(python, folder, editor, serving, *beside):
    endpoint = serving.daemon.endpoint
    arguments = [folder, PACKAGES[editor], endpoint.address, endpoint.token, *beside]
    done = subprocess.run(
        [python, "-I", "-S", "-B", SCRIPT, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "fine\n"


@pytest.mark.parametrize("editor", Editor)
@pytest.mark.parametrize("python", PYTHONS)
def test_a_packed_client_edits_in_isolation(python, editor, unpacked, serving):
    run(python, unpacked[editor], editor, serving)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("version", "moment"), [("3.20.3", "before"), ("4.25.8", "before"), ("4.25.8", "after")]
)
@pytest.mark.parametrize("python", PYTHONS)
def test_another_plugins_older_protobuf_neither_disturbs_nor_is_disturbed(
    python, version, moment, unpacked, serving, foreign
):
    run(python, unpacked[Editor.KRITA], Editor.KRITA, serving, foreign[version], moment)
