"""Documents in a running GIMP, as the tests handle them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfumato_client import Bounds
from tests.editors.gimp import Gimp

Array = NDArray[Any]
_numbers = itertools.count()


@dataclass(frozen=True)
class MadeLayer:
    """A layer that the plug-in made: its colours as read in ``form``, and its mask."""

    name: str
    bounds: Bounds
    color: bytes
    mask: NDArray[np.uint8]
    notes: dict[str, str]
    visible: bool

    @property
    def record(self) -> dict[str, Any]:
        """What the layer says about its edit."""
        return dict(json.loads(self.notes["sfumato"]))


@dataclass(frozen=True)
class Answer:
    """What a procedure returned."""

    status: str
    sentence: str
    layer: str
    seconds: float


class Document:
    """One open picture."""

    def __init__(self, gimp: Gimp, picture: Array, **how: Any) -> None:
        """``picture`` is (height, width, 3), float32, sRGB."""
        self._gimp = gimp
        self.height, self.width = picture.shape[:2]
        file = self._write(picture)
        self.id: int = gimp.play(
            "documents.new", width=self.width, height=self.height, picture=file, **how
        )

    def add_layer(self, name: str, pixels: Array, **how: Any) -> None:
        """Add a layer on top; ``pixels`` are (height, width, 4), float32, sRGB."""
        self.play("add_layer", name=name, picture=self._write(pixels), **how)

    def add_mask(self, name: str, coverage: NDArray[np.uint8]) -> None:
        """Give a layer a mask over the whole canvas."""
        self.play("add_mask", name=name, coverage=self._write(coverage))

    def select(self, coverage: NDArray[np.uint8] | None) -> None:
        """Select what is covered, or nothing."""
        self.play("select", coverage="" if coverage is None else self._write(coverage))

    def selection(self) -> NDArray[np.uint8]:
        """What is selected."""
        data = self._read("selection")
        return np.frombuffer(data, np.uint8).reshape(self.height, self.width)

    def seen(self, form: str, dtype: str) -> Array:
        """What is seen of the whole canvas, (height, width, samples)."""
        data = self._read("projection", form=form)
        return np.frombuffer(data, dtype).reshape(self.height, self.width, -1)

    def run(self, procedure: str, **arguments: Any) -> Answer:
        """Run one of the plug-in's procedures on this picture, without windows."""
        return Answer(
            **self._gimp.play("edits.run", procedure=procedure, image=self.id, **arguments)
        )

    def made(self, name: str, form: str = "R'G'B' u8") -> MadeLayer:
        """Look at a layer that the plug-in made."""
        color, mask = self._file(), self._file()
        found = self.play("layer", name=name, color=str(color), mask=str(mask), form=form)
        bounds = Bounds(*found["bounds"])
        plane = np.frombuffer(mask.read_bytes(), np.uint8).reshape(bounds.height, bounds.width)
        return MadeLayer(name, bounds, color.read_bytes(), plane, found["notes"], found["visible"])

    def play(self, scene: str, **arguments: Any) -> Any:
        """Run a scene of ``gimp_inside.documents`` on this picture."""
        return self._gimp.play(f"documents.{scene}", image=self.id, **arguments)

    def close(self) -> None:
        """Close it unsaved."""
        self.play("close")

    def _read(self, scene: str, **arguments: Any) -> bytes:
        file = self._file()
        self.play(scene, path=str(file), **arguments)
        return file.read_bytes()

    def _write(self, pixels: Array) -> str:
        file = self._file()
        file.write_bytes(np.ascontiguousarray(pixels).tobytes())
        return str(file)

    def _file(self) -> Any:
        return self._gimp.share / f"pixels-{next(_numbers)}"


def as_float(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """8-bit values as 0 to 1."""
    return (picture / np.float32(255)).astype(np.float32)


def on_canvas(layer: MadeLayer, shape: Sequence[int]) -> NDArray[np.uint8]:
    """A layer's mask over the whole canvas."""
    plane = np.zeros(shape[:2], np.uint8)
    bounds = layer.bounds
    plane[bounds.y : bounds.bottom, bounds.x : bounds.right] = layer.mask
    return plane
