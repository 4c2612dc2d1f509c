"""``sfumato inpaint --context``: looking closely at one piece of a selection after the other."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.support.command import Sfumato
from tests.support.pictures import noise, samples, write

EYES = ("--box", "40,100,80,120", "--box", "240,100,280,120", "--grow", 2, "--feather", 4)


@pytest.mark.parametrize(("context", "margin"), [("40", 40), ("double", 32)])
def test_each_of_two_far_pieces_is_looked_at_closely(
    sfumato: Sfumato, tmp_path: Path, context: str, margin: int
) -> None:
    image = write(tmp_path / "in.png", noise(320, 240, 3, 16))
    done = sfumato(
        "inpaint", image, *EYES, "--context", context, "-o", "out.png", "--layer", "layer.png",
        "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    pixels = json.loads(done.out)["pixels"]
    eye = (40 + 2 * (2 + 4 + margin)) * (20 + 2 * (2 + 4 + margin))
    assert pixels["windows"] == 2
    assert 0.8 * 2 * eye < pixels["sent"] <= 2 * eye
    before, after = samples(image), samples(tmp_path / "out.png")
    masked = samples(tmp_path / "layer.png")[..., 3] > 0
    assert masked[100:120, 40:80].all()
    assert masked[100:120, 240:280].all()
    assert np.array_equal(after[~masked], before[~masked])
    changed = (after != before).any(axis=2)
    assert changed[100:120, 40:80].any()
    assert changed[100:120, 240:280].any()


def test_pieces_of_a_mask_are_the_same_as_boxes(sfumato: Sfumato, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", noise(320, 240, 3, 8))
    mask = np.zeros((240, 320), np.uint8)
    cv2.rectangle(mask, (40, 100), (79, 119), 255, -1)
    cv2.rectangle(mask, (240, 100), (279, 119), 255, -1)
    write(tmp_path / "mask.png", mask[..., None])
    close = ("--context", 40, "--grow", 2, "--feather", 4, "--seed", 1, "--record", "none")
    by_box = sfumato("inpaint", image, *EYES, *close, "-o", "boxes.png")
    by_mask = sfumato("inpaint", image, "--mask", "mask.png", *close, "-o", "mask-out.png")
    assert (by_box.code, by_mask.code) == (0, 0), by_box.err + by_mask.err
    assert (tmp_path / "boxes.png").read_bytes() == (tmp_path / "mask-out.png").read_bytes()


def test_a_context_that_is_none_is_refused_with_what_there_is(
    sfumato: Sfumato, tmp_path: Path
) -> None:
    image = write(tmp_path / "in.png", noise(32, 32, 3, 8))
    done = sfumato("inpaint", image, "--box", "8,8,20,20", "--context", "thrice", "-o", "out.png")
    assert done.code == 2
    assert "auto, double, whole or a margin of 32 to 4096" in done.err
