"""What is asked of the disk: that pixels are still there after the power was cut.

Files that are written survive their writer, however it dies, because the system holds them. Only a
power cut takes what the system has not brought to the disk yet. One small class, so that tests can
cut the power.
"""

from __future__ import annotations

import os
from pathlib import Path

from sfumato.engines.arena import Arena

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]  # On Windows, where fsync does it.

# On macOS fsync leaves the bytes in the drive's cache.
_FULL_SYNC: int | None = getattr(fcntl, "F_FULLFSYNC", None)


class Disk:
    """The real one. Its methods take as long as the disk does: not for the event loop."""

    def sync_file(self, path: Path) -> None:
        """Bring a file's bytes to the disk; one that is gone meanwhile needs no care."""
        try:
            with Arena.open(path) as arena:
                arena.flush()  # What was written through a mapping is not always seen by fsync.
            with path.open("r+b") as file:
                _sync(file.fileno())
        except FileNotFoundError:
            return

    def sync_folder(self, path: Path) -> None:
        """Bring the names in a folder to the disk."""
        if os.name == "nt":  # Windows opens no folders, and its file system journals names.
            return
        folder = os.open(path, os.O_RDONLY)
        try:
            _sync(folder)
        finally:
            os.close(folder)


def _sync(descriptor: int) -> None:
    if _FULL_SYNC is not None:
        fcntl.fcntl(descriptor, _FULL_SYNC)
    else:
        os.fsync(descriptor)
