"""Putting packed plugins where the editors look for them, and looking whether they are there."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import sfumato
from sfumato.plugins.errors import PluginError
from sfumato.plugins.package import VERSION_FILE, Editor, package
from sfumato.plugins.places import Machine, Place, places

# The zips inside an installed Sfumato.
BUNDLED = Path(__file__).with_name("bundled")
_NAME = "sfumato"


class Installed(NamedTuple):
    """A plugin in one of its editor's folders. ``version`` is empty if there is none."""

    place: Place
    version: str

    @property
    def current(self) -> bool:
        """Whether it is of the same version as this Sfumato."""
        return self.version == sfumato.__version__


def install(editor: Editor, machine: Machine | None = None) -> list[Installed]:
    """Install a plugin into each folder of its editor, replacing an older one.

    Raises ``PluginError`` when a folder cannot be written or the plugin cannot be packed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        archive = _archive(editor, Path(scratch))
        for place in places(editor, machine):
            try:
                _unpack(archive, place)
            except OSError as error:
                raise PluginError(
                    f"The plugin cannot be written to {place.folder} ({error}). Close {editor}, "
                    "check the folder's permissions and try again."
                ) from error
    return installed(editor, machine)


def installed(editor: Editor, machine: Machine | None = None) -> list[Installed]:
    """Tell which version of a plugin stands in each folder of its editor."""
    return [Installed(place, _version(place)) for place in places(editor, machine)]


def _archive(editor: Editor, scratch: Path) -> Path:
    """Return the plugin's zip: the one that came along, or one packed from the checkout."""
    bundled = BUNDLED / editor.archive
    if bundled.is_file():
        return bundled
    package(scratch)
    return scratch / editor.archive


def _unpack(archive: Path, place: Place) -> None:
    """Unpack beside the old plugin, then change places, so that no half plugin is ever there."""
    place.plugins.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.folder, prefix=".sfumato-") as scratch:
        fresh = Path(scratch, "new")
        _extract(archive, fresh)
        old = place.plugins / _NAME
        if old.exists():
            old.rename(Path(scratch, "old"))
        (fresh / _NAME).rename(old)
        if place.editor is Editor.KRITA:
            shutil.copyfile(fresh / "sfumato.desktop", place.plugins / "sfumato.desktop")
            actions = place.folder / "actions"
            actions.mkdir(exist_ok=True)
            shutil.copyfile(fresh / "actions" / "sfumato.action", actions / "sfumato.action")
    if place.settings is not None:
        _enable(place.settings)


def _extract(archive: Path, folder: Path) -> None:
    """Unpack with the permissions that the zip tells, which ``extractall`` leaves out."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
        if sys.platform != "win32":
            for entry in opened.infolist():
                if entry.is_dir():
                    continue
                (folder / entry.filename).chmod(entry.external_attr >> 16)


def _enable(settings: Path) -> None:
    """Switch the plugin on in ``kritarc``; a plugin that was switched off by hand stays off."""
    text = settings.read_text(encoding="utf-8") if settings.exists() else ""
    key = f"enable_{_NAME}"
    if re.search(rf"^{key}=", text, flags=re.MULTILINE):
        return
    line = f"{key}=true\n"
    if re.search(r"^\[python\]$", text, flags=re.MULTILINE):
        text = re.sub(r"^\[python\]\n?", f"[python]\n{line}", text, count=1, flags=re.MULTILINE)
    else:
        text = f"{text.rstrip()}\n\n[python]\n{line}".lstrip()
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(text, encoding="utf-8")


def _version(place: Place) -> str:
    package_folder = place.plugins / _NAME
    if place.editor is Editor.GIMP:
        package_folder /= "sfumato_gimp"
    try:
        return (package_folder / VERSION_FILE).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
