"""Small files that appear whole or not at all, readable by their user alone."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Put ``text`` (UTF-8) at ``path`` with mode 0600, replacing what was there; ``OSError``."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(draft, "x", encoding="utf-8", opener=_private) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def others_can_read(path: Path) -> bool:
    """Whether other users of this computer can read a file; ``OSError``.

    Only POSIX tells; elsewhere the rights of the user's own folder decide.
    """
    return os.name == "posix" and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def others_can_write(path: Path) -> bool:
    """Whether other users can change a file or folder, as ``others_can_read``."""
    return os.name == "posix" and bool(stat.S_IMODE(path.stat().st_mode) & 0o022)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
