"""Pictures, selections and layers of the running Krita as numpy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.editors.krita import Krita

SRGB = "sRGB-elle-V2-srgbtrc.icc"
U8 = ("RGBA", "U8", SRGB)
DTYPES = {
    "U8": np.dtype("u1"),
    "U16": np.dtype("<u2"),
    "F16": np.dtype("<f2"),
    "F32": np.dtype("<f4"),
}
CHANNELS = {"RGBA": 4, "GRAYA": 2}


class Laid(NamedTuple):
    """A layer: its own pixels and its mask over the whole canvas, and where it lies."""

    color: NDArray[Any]
    mask: NDArray[np.uint8]
    bounds: tuple[int, int, int, int]
    parent: str
    siblings: list[str]
    masks: list[str]


class Easel:
    """One document at a time, opened and looked at from the tests."""

    def __init__(self, krita: Krita) -> None:
        self.krita = krita
        self.space: Sequence[str] = U8
        self.shape = (0, 0)

    def play(self, scene: str, **args: Any) -> Any:
        """Play a scene."""
        return self.krita.play(scene, **args)

    def open(self, picture: NDArray[np.uint8], space: Sequence[str] = U8) -> None:
        """Open a new document with an RGB picture, (height, width, 3), uint8."""
        deep = np.full((*picture.shape[:2], 4), 65535, "<u2")
        deep[..., :3] = picture[..., ::-1].astype("<u2") * 257
        self.shape = picture.shape[:2]
        path = self._path("picture")
        deep.tofile(path)
        height, width = self.shape
        got = self.play("paper.open_document", width=width, height=height, space=space, pixels=path)
        assert tuple(got) == tuple(space)
        self.space = space

    def measure(self) -> tuple[int, int]:
        """Look how large the document is now, (height, width)."""
        self.shape = tuple(self.play("paper.size"))
        return self.shape

    def change(self, how: str) -> None:
        """Change the whole canvas: "crop", "scale", "turn", "mirror", or "convert" to 16 bit."""
        self.space = tuple(self.play("canvas.change", how=how))
        self.measure()

    def close(self) -> None:
        """Close it without saving."""
        self.play("paper.close_document")

    def select(self, coverage: NDArray[np.uint8]) -> None:
        """Select; coverage over the whole canvas."""
        path = self._path("coverage")
        coverage.tofile(path)
        height, width = self.shape
        self.play("paper.select", bounds=[0, 0, width, height], coverage=path)

    def selection(self) -> NDArray[np.uint8] | None:
        """The artist's selection over the whole canvas."""
        path = self._path("selection")
        if not self.play("paper.write_selection", path=path):
            return None
        return np.fromfile(path, np.uint8).reshape(self.shape)

    def pixels(self) -> NDArray[Any]:
        """What the artist sees, in the document's own space."""
        path = self._path("pixels")
        self.play("paper.write_pixels", path=path)
        return self._native(path)

    def layer(self, name: str) -> Laid:
        """The layer of this name."""
        path, mask = self._path("layer"), self._path("mask")
        told = self.play("paper.write_layer", name=name, path=path, mask=mask)
        plane = np.fromfile(mask, np.uint8).reshape(self.shape)
        bounds = tuple(told.pop("bounds"))
        return Laid(self._native(path), plane, bounds, **told)

    def layers(self) -> list[Any]:
        """The layers' names as a tree, bottom first."""
        return self.play("paper.layers")

    def _native(self, path: str) -> NDArray[Any]:
        model, depth, _ = self.space
        return np.fromfile(path, DTYPES[depth]).reshape(*self.shape, CHANNELS[model])

    def _path(self, name: str) -> str:
        return str(Path(self.krita.share) / f"{name}.raw")
