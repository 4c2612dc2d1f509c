"""The two plugins as zips, each as its editor wants it (docs/plugins-layout.md).

The same sources give the same bytes: entries are sorted and carry no time.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path, PurePosixPath

import sfumato
from sfumato.plugins.errors import PluginError
from sfumato.plugins.manual import manual
from sfumato.plugins.rewrite import dots, rewrite_imports
from sfumato.plugins.vendor import VENDORED, vendored_files
from sfumato.plugins.verify import verify
from sfumato.plugins.wheels import wheels

# The first moment that a zip can tell.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_EXECUTABLE, _READABLE = 0o755, 0o644
VERSION_FILE = "VERSION.txt"

Files = dict[PurePosixPath, bytes]


class Editor(StrEnum):
    """An editor with a plugin."""

    KRITA = "krita"
    GIMP = "gimp"

    @property
    def label(self) -> str:
        """The editor's own name."""
        return "GIMP" if self is Editor.GIMP else "Krita"

    @property
    def archive(self) -> str:
        """The zip's file name."""
        return f"sfumato-{self}.zip"


def package(out: Path, root: Path | None = None, cache: Path | None = None) -> list[Path]:
    """Write both zips into ``out`` and return their paths.

    ``root`` is the checkout with the plugins' sources, by default the one this module is in.
    ``cache`` keeps the downloaded dependencies. Raises ``PluginError``.
    """
    root = root or checkout()
    vendored = vendored_files(wheels(cache), root / "client" / "sfumato_client")
    out.mkdir(parents=True, exist_ok=True)
    layouts = {Editor.KRITA: _krita, Editor.GIMP: _gimp}
    return [
        _write(out / editor.archive, layout(root, vendored)) for editor, layout in layouts.items()
    ]


def checkout() -> Path:
    """Return the checkout that this package runs from; ``PluginError`` if it is installed."""
    root = Path(__file__).resolve().parents[3]
    if not (root / "krita_plugin").is_dir() or not (root / "client").is_dir():
        raise PluginError(
            "The plugins are packed from a checkout of Sfumato; an installed Sfumato carries them "
            "ready-made: `sfumato plugins install`."
        )
    return root


def _krita(root: Path, vendored: Files) -> Files:
    """``sfumato.desktop`` beside the package, and the actions, as Krita's importer wants them."""
    sources = _sources(root / "krita_plugin")
    sources[PurePosixPath("Manual.html")] = _guide(root, "krita")
    top = {
        PurePosixPath("sfumato.desktop"): sources.pop(PurePosixPath("sfumato.desktop")),
        PurePosixPath("actions/sfumato.action"): sources.pop(PurePosixPath("sfumato.action")),
    }
    return top | _package(PurePosixPath("sfumato"), sources, vendored, root)


def _gimp(root: Path, vendored: Files) -> Files:
    """A folder with a script of its name, and the package with its user guide beside that."""
    sources = _sources(root / "gimp_plugin")
    sources[PurePosixPath("help/en/gimp.html")] = _guide(root, "gimp")
    script = PurePosixPath("sfumato.py")
    folder = PurePosixPath("sfumato")
    top = {folder / script: sources.pop(script)}
    return top | _package(folder / "sfumato_gimp", sources, vendored, root)


def _guide(root: Path, name: str) -> bytes:
    return manual((root / "docs" / f"{name}.md").read_text(encoding="utf-8")).encode()


def _package(place: PurePosixPath, sources: Files, vendored: Files, root: Path) -> Files:
    """Return the plugin's package with its private copies, verified, under ``place``."""
    files = {PurePosixPath("_vendor") / path: data for path, data in vendored.items()}
    for path, data in sources.items():
        if path.suffix == ".py":
            text = rewrite_imports(data.decode("utf-8"), f"{dots(path)}_vendor", VENDORED)
            data = text.encode()
        files[path] = data
    files[PurePosixPath(VERSION_FILE)] = f"{sfumato.__version__}\n".encode()
    files[PurePosixPath("LICENSE.txt")] = (root / "LICENSE").read_bytes().replace(b"\r\n", b"\n")
    verify(files)
    return {place / path: data for path, data in files.items()}


def _sources(folder: Path) -> Files:
    if not folder.is_dir():
        raise PluginError(f"{folder} with the plugin's sources is missing.")
    found: Files = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_dir() or any(part.startswith((".", "__pycache__")) for part in relative.parts):
            continue
        data = path.read_bytes()
        if path.suffix != ".png":
            data = data.replace(b"\r\n", b"\n")
        found[PurePosixPath(*relative.parts)] = data
    return found


def _write(path: Path, files: Mapping[PurePosixPath, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        # Krita's importer looks for the package's folder itself, not only for what is in it.
        archive.writestr(zipfile.ZipInfo("sfumato/", _NO_TIME), b"")
        for name in sorted(files):
            entry = zipfile.ZipInfo(str(name), _NO_TIME)
            entry.create_system = 3  # Unix, wherever it is packed: the permissions are Unix's
            entry.compress_type = zipfile.ZIP_DEFLATED
            executable = name.parent.name == name.stem == "sfumato"
            entry.external_attr = (_EXECUTABLE if executable else _READABLE) << 16
            archive.writestr(entry, files[name], compresslevel=9)
    return path
