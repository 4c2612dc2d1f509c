"""The header of a safetensors file: names and shapes of its tensors, without their weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sfumato.models.errors import UnusableModel

SUFFIX = ".safetensors"
LARGEST = 100_000_000
"""Bytes of a header that are read at most; the format's own limit."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself: free text by key, and each tensor's shape by its name."""

    metadata: Mapping[str, str]
    shapes: Mapping[str, tuple[int, ...]]


def read_header(path: Path) -> Header:
    """The header of a file; ``UnusableModel`` if it is no safetensors file, pickles included."""
    if path.suffix != SUFFIX:
        raise UnusableModel(
            f"{path} is no {SUFFIX} file. Other formats can run code when they are loaded; look "
            "for the same model as safetensors."
        )
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 0 < length <= LARGEST:
                raise ValueError("its header has no sensible length")
            text = file.read(length)
            if len(text) < length:
                raise ValueError("it ends within its header")
            content = json.loads(text)
        metadata = content.pop("__metadata__", {})
        shapes = {name: tuple(tensor["shape"]) for name, tensor in content.items()}
        ends = [tensor["data_offsets"][1] for tensor in content.values()]
        if path.stat().st_size < 8 + length + max(ends, default=0):
            raise ValueError("it ends before its weights do; fetch it anew")
    except OSError as error:
        raise UnusableModel(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise UnusableModel(f"{path} is no whole safetensors file: {error}.") from error
    return Header(metadata, shapes)
