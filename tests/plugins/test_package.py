"""The zips are what each editor wants, the same every time, and free of anything compiled."""

import zipfile
from pathlib import PurePosixPath

import pytest

from sfumato.plugins.errors import PluginError
from sfumato.plugins.package import Editor, package
from sfumato.plugins.verify import verify
from sfumato.plugins.wheels import read_pins, wheels


def names(archive):
    with zipfile.ZipFile(archive) as opened:
        return opened.namelist()


def test_krita_finds_what_its_importer_looks_for(archives):
    found = names(archives[Editor.KRITA])
    assert "sfumato/" in found
    assert {"sfumato.desktop", "sfumato/__init__.py", "actions/sfumato.action"} <= set(found)
    assert [name for name in found if name.endswith("/sfumato/")] == []
    tops = {name.split("/")[0] for name in found}
    assert tops == {"sfumato", "sfumato.desktop", "actions"}
    manifest = zipfile.ZipFile(archives[Editor.KRITA]).read("sfumato.desktop").decode()
    assert "X-KDE-Library=sfumato" in manifest


def test_gimp_finds_an_executable_script_named_as_its_folder(archives):
    with zipfile.ZipFile(archives[Editor.GIMP]) as opened:
        script = opened.getinfo("sfumato/sfumato.py")
        assert opened.read(script).startswith(b"#!/usr/bin/env python3\n")
    assert script.external_attr >> 16 == 0o755
    found = names(archives[Editor.GIMP])
    assert all(name.startswith("sfumato/") for name in found)
    assert "sfumato/sfumato_gimp/__init__.py" in found


@pytest.mark.parametrize("editor", Editor)
def test_the_client_the_licences_and_the_version_come_along(archives, editor):
    found = names(archives[editor])
    package_folder = "sfumato/" if editor is Editor.KRITA else "sfumato/sfumato_gimp/"
    for name in ("VERSION.txt", "LICENSE.txt", "_vendor/sfumato_client/session.py"):
        assert package_folder + name in found
    for pin in read_pins():
        folder = f"{package_folder}_vendor/LICENSES/{pin.name.replace('-', '_')}-{pin.version}/"
        assert any(name.startswith(folder) for name in found), pin.name


@pytest.mark.parametrize("editor", Editor)
def test_nothing_compiled_and_no_caches_come_along(archives, editor):
    suffixes = {PurePosixPath(name).suffix for name in names(archives[editor])}
    texts = {".txt", ".html", ".xml", ".css", ".desktop", ".action", ""}
    assert suffixes <= {".py", ".svg", ".png", *texts}
    assert not any("__pycache__" in name for name in names(archives[editor]))


def test_the_same_sources_give_the_same_bytes(archives, tmp_path):
    for again in package(tmp_path):
        editor = Editor(again.stem.removeprefix("sfumato-"))
        assert again.read_bytes() == archives[editor].read_bytes()


def files(**sources):
    plugin = {PurePosixPath(name.replace("__", "/") + ".py"): s for name, s in sources.items()}
    return {path: source.encode() for path, source in plugin.items()}


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("import google.protobuf", "from outside"),
        ("from h2 import events", "from outside"),
        ("def f():\n    from sfumato_client import Bounds", "from outside"),
        ("import numpy", "neither in the plugin"),
        ("from . import missing", "there is no missing"),
        ("from .missing import x", "there is no missing"),
        ("from ..other import x", "leaves the plugin"),
        ("import importlib\nimportlib.import_module('h2')", "cannot be rewritten"),
        ("def f[T](x: T): ...", "Python 3.10 cannot read"),
    ],
)
def test_a_plugin_that_reaches_outside_is_not_packed(source, fault):
    with pytest.raises(PluginError, match=fault):
        verify(files(module=source))


def test_imports_for_type_checkers_alone_are_allowed():
    verify(files(module="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy"))


def test_compiled_files_are_not_packed():
    with pytest.raises(PluginError, match="carries no such files"):
        verify({PurePosixPath("fast.so"): b""})


def test_a_wheel_that_is_not_the_pinned_one_is_fetched_again(tmp_path):
    spoiled = tmp_path / read_pins()[0].filename
    spoiled.write_bytes(b"something else")
    fetched = wheels(tmp_path)
    assert spoiled in fetched
    assert spoiled.read_bytes() != b"something else"
