"""The page's own files, read once from the package. What is not in the list is not there."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file."""

    data: bytes
    media_type: str


def assets() -> dict[str, Asset]:
    """All files by the path that asks for them."""
    folder = resources.files("sfumato.web") / "static"
    found = {
        f"/{file.name}": Asset(file.read_bytes(), _TYPES[file.name.rpartition(".")[2]])
        for file in folder.iterdir()
        if file.is_file()
    }
    return {"/": found.pop("/index.html"), **found}
