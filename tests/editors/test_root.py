"""The place where the editors run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.editors.root import PACKAGES, Editors
from tests.support.debian import SUITE, DebianRoot


def made(folder: Path, packages: tuple[str, ...], suite: str = SUITE) -> DebianRoot:
    """As much of a Debian root as tells what is installed in it."""
    (folder / "etc").mkdir()
    (folder / "etc/os-release").write_text(f"ID=debian\nVERSION_CODENAME={suite}\n")
    (folder / "var/lib/dpkg").mkdir(parents=True)
    entries = [f"Package: {name}\nStatus: install ok installed\nVersion: 1\n" for name in packages]
    (folder / "var/lib/dpkg/status").write_text("\n".join(entries))
    return DebianRoot(folder, PACKAGES, privileged=True)


def test_a_root_with_every_package_is_whole(tmp_path: Path) -> None:
    assert made(tmp_path, PACKAGES).is_whole()


def test_a_root_without_one_of_them_is_not(tmp_path: Path) -> None:
    assert not made(tmp_path, PACKAGES[1:]).is_whole()


def test_a_root_of_another_suite_is_not(tmp_path: Path) -> None:
    assert not made(tmp_path, PACKAGES, suite="bookworm").is_whole()


def test_an_empty_folder_is_no_root(tmp_path: Path) -> None:
    assert not DebianRoot(tmp_path, PACKAGES, privileged=True).is_whole()


@pytest.mark.parametrize("program", ["krita", "gimp", "gimp-console", "Xvfb", "xdotool"])
def test_the_editors_are_there(editors: Editors, tmp_path: Path, program: str) -> None:
    command = editors.command(["sh", "-c", f"command -v {program}"], {}, tmp_path)
    assert subprocess.run(command, capture_output=True, check=True).stdout.strip()


def test_a_folder_is_shared_both_ways(editors: Editors, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("hello")
    script = f"cat {tmp_path}/there > {tmp_path}/back"
    subprocess.run(editors.command(["sh", "-c", script], {}, tmp_path), check=True)
    assert (tmp_path / "back").read_text() == "hello"


def test_the_environment_is_only_what_was_given(editors: Editors, tmp_path: Path) -> None:
    command = editors.command(["env"], {"ONLY": "this"}, tmp_path)
    said = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert {line.split("=")[0] for line in said.splitlines()} == {"PATH", "ONLY"}


def test_the_tests_of_one_editor_stay_on_one_worker(request: pytest.FixtureRequest) -> None:
    grouped = bool(request.config.getoption("loadgroup", False))
    assert request.node.nodeid.endswith("@test_root") == grouped
