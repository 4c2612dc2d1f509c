"""A picture file read and written again by the code under test."""

from __future__ import annotations

from pathlib import Path

from sfumato.picture.reading import read
from sfumato.picture.writing import encode, fitted, format_of, write_atomically


def rewritten(path: Path, target: Path) -> Path:
    """Read a file and write it under another name."""
    picture, _ = fitted(read(path), format_of(target))
    write_atomically(target, encode(picture, format_of(target)))
    return target
