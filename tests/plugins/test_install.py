"""The plugins land where each editor looks, on every platform and however it was installed."""

import os
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sfumato.cli.app import app
from sfumato.plugins import install as installing
from sfumato.plugins.errors import PluginError
from sfumato.plugins.install import install, installed
from sfumato.plugins.package import Editor
from sfumato.plugins.places import Machine, places


@pytest.fixture(autouse=True)
def bundled(archives, monkeypatch):
    """As in an installed Sfumato, which carries the zips."""
    monkeypatch.setattr(installing, "BUNDLED", archives[Editor.KRITA].parent)


def linux(home: Path, **environ: str) -> Machine:
    return Machine("linux", home, environ)


def test_krita_gets_its_package_manifest_and_actions_and_is_told_to_use_them(tmp_path):
    (found,) = install(Editor.KRITA, linux(tmp_path))
    krita = tmp_path / ".local/share/krita"
    assert found.place.folder == krita
    assert found.current
    assert (krita / "pykrita/sfumato/__init__.py").is_file()
    assert (krita / "pykrita/sfumato.desktop").is_file()
    assert (krita / "actions/sfumato.action").is_file()
    assert (tmp_path / ".config/kritarc").read_text() == "[python]\nenable_sfumato=true\n"


def test_gimp_gets_an_executable_script_in_a_folder_of_its_name(tmp_path):
    (found,) = install(Editor.GIMP, linux(tmp_path))
    script = tmp_path / ".config/GIMP/3.0/plug-ins/sfumato/sfumato.py"
    assert script.is_file()
    assert os.access(script, os.X_OK) or sys.platform == "win32"
    assert found.current


@pytest.mark.parametrize("editor", Editor)
def test_an_older_plugin_is_replaced_whole(tmp_path, editor):
    (first,) = install(editor, linux(tmp_path))
    old = first.place.plugins / "sfumato"
    (old / "left_over.py").write_text("")
    version = next(old.rglob("VERSION.txt"))
    version.write_text("0.0.1")
    assert not installed(editor, linux(tmp_path))[0].current
    (again,) = install(editor, linux(tmp_path))
    assert again.current
    assert not (old / "left_over.py").exists()
    assert not list(first.place.folder.glob(".sfumato-*"))


def test_settings_of_krita_are_kept_and_a_plugin_switched_off_stays_off(tmp_path):
    settings = tmp_path / ".config/kritarc"
    settings.parent.mkdir()
    settings.write_text("theme=dark\n\n[python]\nenable_other=true\n\n[advanced]\nx=1\n")
    install(Editor.KRITA, linux(tmp_path))
    text = settings.read_text()
    assert "[python]\nenable_sfumato=true\nenable_other=true\n" in text
    assert text.startswith("theme=dark\n")
    assert text.endswith("[advanced]\nx=1\n")
    settings.write_text(text.replace("enable_sfumato=true", "enable_sfumato=false"))
    install(Editor.KRITA, linux(tmp_path))
    assert "enable_sfumato=false" in settings.read_text()
    assert "enable_sfumato=true" not in settings.read_text()


def test_nothing_installed_is_told(tmp_path):
    (found,) = installed(Editor.KRITA, linux(tmp_path))
    assert found.version == ""
    assert not found.current


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    blocked = tmp_path / ".local/share/krita"
    blocked.mkdir(parents=True)
    (blocked / "pykrita").write_text("a file")
    with pytest.raises(PluginError, match="cannot be written"):
        install(Editor.KRITA, linux(tmp_path))


LOCAL = "AppData/Local"
ROAMING = "AppData/Roaming"
STORE = f"{LOCAL}/Packages/49800Krita_abc/LocalCache/Roaming/krita"


@pytest.mark.parametrize(
    ("platform", "editor", "folders"),
    [
        ("linux", Editor.KRITA, [".local/share/krita"]),
        ("linux", Editor.KRITA, [".var/app/org.kde.krita/data/krita"]),
        ("linux", Editor.KRITA, ["snap/krita/current/.local/share/krita"]),
        ("linux", Editor.KRITA, [".local/share/krita", ".var/app/org.kde.krita/data/krita"]),
        ("linux", Editor.GIMP, [".config/GIMP/3.0", ".config/GIMP/3.2"]),
        ("linux", Editor.GIMP, [".var/app/org.gimp.GIMP/config/GIMP/3.0"]),
        ("linux", Editor.GIMP, ["snap/gimp/current/.config/GIMP/3.0"]),
        ("linux", Editor.KRITA, ["Apps/krita-5.2.9-x86_64.AppImage.home/.local/share/krita"]),
        ("linux", Editor.GIMP, ["GIMP-3.0.4-x86_64.AppImage.home/.config/GIMP/3.0"]),
        ("darwin", Editor.KRITA, ["Library/Application Support/krita"]),
        ("darwin", Editor.GIMP, ["Library/Application Support/GIMP/3.0"]),
        ("win32", Editor.KRITA, [f"{ROAMING}/krita"]),
        ("win32", Editor.KRITA, [f"{ROAMING}/krita", STORE]),
        ("win32", Editor.GIMP, [f"{ROAMING}/GIMP/3.0"]),
    ],
)
def test_each_way_an_editor_comes_onto_a_machine_is_known(tmp_path, platform, editor, folders):
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True)
    machine = Machine(platform, tmp_path, {})
    assert [place.folder for place in places(editor, machine)] == [tmp_path / f for f in folders]
    assert all(found.current for found in install(editor, machine))


def test_folders_named_by_variables_are_used(tmp_path):
    machine = linux(
        tmp_path, XDG_DATA_HOME=str(tmp_path / "d"), XDG_CONFIG_HOME=str(tmp_path / "c")
    )
    (krita,) = places(Editor.KRITA, machine)
    assert (krita.folder, krita.settings) == (tmp_path / "d/krita", tmp_path / "c/kritarc")
    assert places(Editor.GIMP, machine)[0].folder == tmp_path / "c/GIMP/3.0"
    special = linux(tmp_path, GIMP3_DIRECTORY=str(tmp_path / "g"))
    assert places(Editor.GIMP, special)[0].plugins == tmp_path / "g/plug-ins"


def test_the_command_installs_both_and_says_what_to_do_next(tmp_path, monkeypatch):
    monkeypatch.setattr(Machine, "this", staticmethod(lambda: linux(tmp_path)))
    done = CliRunner().invoke(app, ["plugins", "install"])
    assert done.exit_code == 0, done.output
    assert "Krita plugin" in done.output
    assert "Filters > Sfumato" in done.output
    assert (tmp_path / ".config/GIMP/3.0/plug-ins/sfumato").is_dir()


def test_the_command_installs_one_if_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(Machine, "this", staticmethod(lambda: linux(tmp_path)))
    assert CliRunner().invoke(app, ["plugins", "install", "gimp"]).exit_code == 0
    assert not (tmp_path / ".local").exists()


def test_the_command_packs_into_a_folder(tmp_path):
    done = CliRunner().invoke(app, ["plugins", "package", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert {path.name for path in tmp_path.iterdir()} == {"sfumato-krita.zip", "sfumato-gimp.zip"}
