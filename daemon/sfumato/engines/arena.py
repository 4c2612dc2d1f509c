"""The memory that the daemon and an engine host share for one job: all its planes in one file.

The daemon lays the planes out, creates the file in the spool and removes it; both sides map it.
Whoever dies, the pixels stay where they are, and nothing has to be cleaned up in a host.
"""

from __future__ import annotations

import math
import mmap
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Self

from sfumato.engines.work import PlaneRef

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALIGNMENT = 64
"""Planes begin on a cache line, so that vector code never reads across two for one pixel."""

_SAMPLE_BYTES = {"uint8": 1, "uint16": 2}
_ZEROS = 1 << 20


class Layout:
    """Where planes lie in an arena that is still to be made: ask for all of them, then create."""

    def __init__(self) -> None:
        self.size = 0

    def plane(self, shape: tuple[int, ...], dtype: Literal["uint8", "uint16"]) -> PlaneRef:
        """Room for one plane of ``shape`` (rows first, all sides at least 1)."""
        if not shape or min(shape) < 1:
            raise ValueError(f"a plane has no empty side, unlike {shape}")
        ref = PlaneRef(-(-self.size // ALIGNMENT) * ALIGNMENT, shape, dtype)
        self.size = ref.offset + plane_bytes(ref)
        return ref


def plane_bytes(ref: PlaneRef) -> int:
    """Size of a plane in bytes."""
    return math.prod(ref.shape) * _SAMPLE_BYTES[ref.dtype]


class Arena:
    """One mapped file of planes. ``create`` is the daemon's, ``open`` everybody's."""

    def __init__(self, path: Path, mapping: mmap.mmap) -> None:
        self.path = path
        self.size = len(mapping)
        self._mapping = mapping

    @classmethod
    def create(cls, path: Path | str, layout: Layout) -> Self:
        """A new file, all zero, readable by its user alone.

        ``FileExistsError`` if it is there; other ``OSError`` if the disk is full: all its space is
        taken now, because a full disk under a mapping would kill the process that writes to it.
        """
        path = Path(path)
        with open(path, "x+b", opener=_private) as file:
            try:
                _reserve(file, layout.size)
                return cls(path, mmap.mmap(file.fileno(), layout.size))
            except BaseException:
                file.close()  # Windows removes no open file.
                path.unlink()
                raise

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Map an existing arena for reading and writing; ``FileNotFoundError`` if it is gone."""
        path = Path(path)
        with path.open("r+b") as file:
            return cls(path, mmap.mmap(file.fileno(), 0))

    def view(self, ref: PlaneRef) -> memoryview:
        """The bytes of a plane, writable, without numpy. ``ValueError`` if it lies outside."""
        end = ref.offset + plane_bytes(ref)
        if ref.offset < 0 or end > self.size:
            raise ValueError(f"{ref} does not lie in an arena of {self.size} bytes")
        return memoryview(self._mapping)[ref.offset : end]

    def array(self, ref: PlaneRef) -> NDArray[Any]:
        """The plane as an array of its shape and dtype, shared and writable."""
        import numpy as np  # The idle daemon does without.

        return np.frombuffer(self.view(ref), dtype=ref.dtype).reshape(ref.shape)

    def flush(self) -> None:
        """Hand what was written to the system's care, as far as it is not there already."""
        self._mapping.flush()

    def close(self) -> None:
        """Unmap. Where views still exist, the mapping goes with the last of them."""
        # Unmapping under a living array would be a segmentation fault at its next use.
        with suppress(BufferError):
            self._mapping.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _reserve(file: BinaryIO, size: int) -> None:
    """Take ``size`` bytes of the disk for the file, or raise ``OSError``."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
        return
    # Truncating would only promise the space on file systems with sparse files.
    zeros = bytes(_ZEROS)
    for start in range(0, size, _ZEROS):
        file.write(zeros[: size - start])
    file.flush()
