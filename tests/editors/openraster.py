"""A file in layers that the command writes, and what an editor must find in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.support.command import run_in
from tests.support.pictures import samples, write
from tests.support.subjects import photograph

NAMES = ["Remove 1", "Background"]


def written(folder: Path) -> Path:
    """``out.ora`` of an edit; its picture and its layer lie beside it."""
    image = write(folder / "in.png", photograph("astronaut")[:200, :300])
    for out in (("-o", "out.ora"), ("-o", "out.png", "--layer", "layer.png")):
        edit = ("inpaint", image, "--box", "20,40,40,60", "--seed", 1, *out, "--force")
        done = run_in(folder / "state", *edit, cwd=folder)
        assert done.code == 0, done.err
    return folder / "out.ora"


def check(listed: Sequence[tuple[str, str]], order: Sequence[int], folder: Path) -> None:
    """The layers that an editor found, from the top, with files of their 8-bit pixels.

    They must be what the command also writes as pictures; ``order`` brings samples to RGBA.
    """
    assert [name for name, _ in listed] == NAMES
    above, below = (
        np.fromfile(file, np.uint8).reshape(200, 300, 4)[..., order] for _, file in listed
    )
    wanted = samples(folder / "layer.png")
    assert np.array_equal(below[..., :3], samples(folder / "in.png"))
    assert (below[..., 3] == 255).all()
    assert np.array_equal(above[..., 3], wanted[..., 3])
    covered = wanted[..., 3] > 0
    assert np.array_equal(above[covered], wanted[covered])
