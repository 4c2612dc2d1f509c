"""Where each editor looks for plugins: on each platform, and however the editor was installed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from sfumato.plugins.package import Editor

GIMP_VERSION = "3.0"
# Where people keep AppImages.
APPIMAGE_FOLDERS = ("Applications", "AppImages", "Apps", "bin", "Desktop", "Downloads")


class Place(NamedTuple):
    """An editor's folder of this user.

    ``folder`` is Krita's resource folder or GIMP's configuration folder; ``settings`` is Krita's
    ``kritarc``, None for GIMP. ``kind`` says for people how that editor came onto the machine.
    """

    editor: Editor
    kind: str
    folder: Path
    settings: Path | None = None

    @property
    def plugins(self) -> Path:
        """The folder that holds one entry per plugin."""
        return self.folder / ("pykrita" if self.editor is Editor.KRITA else "plug-ins")


class Machine(NamedTuple):
    """What decides where folders are."""

    platform: str
    home: Path
    environ: Mapping[str, str]

    @staticmethod
    def this() -> Machine:
        """Describe this machine and user."""
        return Machine(sys.platform, Path.home(), os.environ)

    def path(self, variable: str, *otherwise: str) -> Path:
        """A folder by its environment variable, else under the home."""
        value = self.environ.get(variable)
        return Path(value) if value else self.home.joinpath(*otherwise)


def places(editor: Editor, machine: Machine | None = None) -> list[Place]:
    """Return the editor's folders that exist; if none does, the one that it will make.

    An editor makes its folder when it first starts. AppImages use the same as other packages,
    unless they were given a home of their own.
    """
    machine = machine or Machine.this()
    known = list(_krita(machine) if editor is Editor.KRITA else _gimp(machine))
    return [place for place in known if place.folder.is_dir()] or known[:1]


def _krita(machine: Machine) -> Iterator[Place]:
    def place(kind: str, folder: Path, settings: Path) -> Place:
        return Place(Editor.KRITA, kind, folder / "krita", settings / "kritarc")

    home = machine.home
    if machine.platform == "win32":
        roaming = machine.path("APPDATA", "AppData", "Roaming")
        local = machine.path("LOCALAPPDATA", "AppData", "Local")
        yield place("installer", roaming, local)
        for package in sorted((local / "Packages").glob("*Krita_*")):
            cache = package / "LocalCache"
            yield place("Microsoft Store", cache / "Roaming", cache / "Local")
    elif machine.platform == "darwin":
        library = home / "Library"
        yield place("app", library / "Application Support", library / "Preferences")
    else:
        data = machine.path("XDG_DATA_HOME", ".local", "share")
        yield place("system package or AppImage", data, machine.path("XDG_CONFIG_HOME", ".config"))
        flatpak = home / ".var" / "app" / "org.kde.krita"
        yield place("Flatpak", flatpak / "data", flatpak / "config")
        snap = home / "snap" / "krita" / "current"
        yield place("Snap", snap / ".local" / "share", snap / ".config")
        for own in _appimage_homes(home, "krita"):
            yield place("AppImage with a home", own / ".local" / "share", own / ".config")


def _gimp(machine: Machine) -> Iterator[Place]:
    if explicit := machine.environ.get("GIMP3_DIRECTORY"):
        yield Place(Editor.GIMP, "GIMP3_DIRECTORY", Path(explicit))
        return
    home = machine.home
    if machine.platform == "win32":
        roaming = machine.path("APPDATA", "AppData", "Roaming")
        yield from _gimp_versions("installer", roaming / "GIMP")
        local = machine.path("LOCALAPPDATA", "AppData", "Local")
        for package in sorted((local / "Packages").glob("*GIMP*")):
            folder = package / "LocalCache" / "Roaming" / "GIMP"
            yield from _gimp_versions("Microsoft Store", folder)
    elif machine.platform == "darwin":
        yield from _gimp_versions("app", home / "Library" / "Application Support" / "GIMP")
    else:
        config = machine.path("XDG_CONFIG_HOME", ".config")
        yield from _gimp_versions("system package, AppImage or Flatpak", config / "GIMP")
        flatpak = home / ".var" / "app" / "org.gimp.GIMP" / "config" / "GIMP"
        yield from _gimp_versions("Flatpak", flatpak)
        snap = home / "snap" / "gimp" / "current" / ".config" / "GIMP"
        yield from _gimp_versions("Snap", snap)
        for own in _appimage_homes(home, "gimp"):
            yield from _gimp_versions("AppImage with a home", own / ".config" / "GIMP")


def _appimage_homes(home: Path, name: str) -> Iterator[Path]:
    """Yield the folders that AppImages use as home: those named after them, beside them."""
    for folder in (home, *(home / usual for usual in APPIMAGE_FOLDERS)):
        for path in sorted(folder.glob("*.home")):
            lowered = path.name.lower()
            if lowered.startswith(name) and lowered.endswith(".appimage.home") and path.is_dir():
                yield path


def _gimp_versions(kind: str, folder: Path) -> Iterator[Place]:
    """Yield one place for each 3.x that was started here; else for the version of today."""
    found = sorted(path for path in folder.glob("3.*") if path.is_dir())
    for path in found or [folder / GIMP_VERSION]:
        yield Place(Editor.GIMP, kind, path)
