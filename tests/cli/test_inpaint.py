"""``sfumato inpaint`` from the shell to the file: outside the mask, OUT is IMAGE bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support.command import Sfumato
from tests.support.edited_files import assert_changed_only_under_the_layer, photograph
from tests.support.pictures import Array, samples, write

ODD = (1459, 2189)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_outside_the_mask_every_sample_stays(
    sfumato: Sfumato, tmp_path: Path, suffix: str, depth: int, count: int
) -> None:
    image = write(tmp_path / f"in{suffix}", photograph(307, 211, count, depth))
    done = sfumato(
        "inpaint", image, "--box", "120,80,160,110", "-o", f"out{suffix}", "--layer", "layer.png"
    )
    assert done.code == 0, done.err
    alpha = assert_changed_only_under_the_layer(
        image, tmp_path / f"out{suffix}", tmp_path / "layer.png"
    )
    assert (alpha[80:110, 120:160] == 2**depth - 1).all()
    assert (alpha > 0).mean() < 0.2


@pytest.mark.slow
@pytest.mark.parametrize(("suffix", "depth"), [(".png", 8), (".tif", 16)])
def test_odd_sizes_stay_too(sfumato: Sfumato, tmp_path: Path, suffix: str, depth: int) -> None:
    image = write(tmp_path / f"in{suffix}", photograph(*ODD, 3, depth))
    polygon = ("--polygon", "701,1001", "803,1017.5", "760,1103")
    done = sfumato("inpaint", image, *polygon, "-o", f"out{suffix}", "--layer", "layer.png")
    assert done.code == 0, done.err
    assert_changed_only_under_the_layer(image, tmp_path / f"out{suffix}", tmp_path / "layer.png")


@pytest.mark.parametrize(
    "box",
    ["0,90,20,120", "180,0,220,15", "290,90,307,120", "150,200,170,211", "0,0,25,20"],
    ids=["left", "top", "right", "bottom", "corner"],
)
def test_a_selection_may_touch_a_border(sfumato: Sfumato, tmp_path: Path, box: str) -> None:
    image = write(tmp_path / "in.png", photograph(307, 211, 3, 8))
    done = sfumato("inpaint", image, "--box", box, "-o", "out.png", "--layer", "layer.png")
    assert done.code == 0, done.err
    alpha = assert_changed_only_under_the_layer(image, tmp_path / "out.png", tmp_path / "layer.png")
    left, top, right, bottom = map(int, box.split(","))
    assert (alpha[top:bottom, left:right] == 255).all()


def test_a_selection_may_touch_every_border_at_once(sfumato: Sfumato, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", photograph(157, 121, 3, 8))
    frame = ("--box", "0,0,157,6", "--box", "0,115,157,121", "--box", "0,0,6,121")
    done = sfumato(
        "inpaint", image, *frame, "--box", "151,0,157,121", "-o", "out.png", "--layer", "layer.png"
    )
    assert done.code == 0, done.err
    assert_changed_only_under_the_layer(image, tmp_path / "out.png", tmp_path / "layer.png")


def test_a_selection_may_cover_everything_but_a_bit(sfumato: Sfumato, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", photograph(157, 121, 3, 8))
    mask = np.full((121, 157, 1), 255, np.uint8)
    mask[50:70, 60:90] = 0
    write(tmp_path / "mask.png", mask)
    done = sfumato(
        "inpaint", image, "--mask", "mask.png", "--grow", 0, "--feather", 0, "-o", "out.png"
    )
    assert done.code == 0, done.err
    kept = mask[..., 0] == 0
    assert np.array_equal(samples(tmp_path / "out.png")[kept], samples(image)[kept])


def test_a_selection_of_everything_is_refused_as_nothing_could_go_on(
    sfumato: Sfumato, tmp_path: Path
) -> None:
    image = write(tmp_path / "in.png", photograph(157, 121, 3, 8))
    done = sfumato("inpaint", image, "--box", "0,0,157,121", "-o", "out.png")
    assert done.code == 2
    assert "Select less" in done.err
    assert not (tmp_path / "out.png").exists()


def test_without_feather_and_grow_the_mask_is_used_as_it_is(
    sfumato: Sfumato, tmp_path: Path
) -> None:
    image = write(tmp_path / "in.png", photograph(200, 150, 3, 8))
    ramp = np.zeros((150, 200, 1), np.uint8)
    ramp[50:90, 60:124, 0] = np.arange(4, 260, 4).astype(np.uint8)
    write(tmp_path / "mask.png", ramp)
    done = sfumato(
        "inpaint", image, "--mask", "mask.png", "--feather", 0, "--grow", 0,
        "-o", "out.png", "--layer", "layer.png",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert np.array_equal(samples(tmp_path / "layer.png")[..., 3], ramp[..., 0])


def test_the_result_is_the_layer_laid_over_the_picture(sfumato: Sfumato, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", photograph(200, 150, 3, 16))
    done = sfumato(
        "inpaint", image, "--box", "80,60,110,80", "--feather", 24,
        "-o", "out.png", "--layer", "layer.png",
    )  # fmt: skip
    assert done.code == 0, done.err
    over, under = samples(tmp_path / "layer.png").astype(float), samples(image).astype(float)
    alpha = over[..., 3:] / 65535
    blended = over[..., :3] * alpha + under * (1 - alpha)
    assert np.abs(blended - samples(tmp_path / "out.png")).max() <= 0.5


def test_something_is_removed(sfumato: Sfumato, tmp_path: Path) -> None:
    """Whatever is put there instead (that differs by seed), it is no redder than the picture."""
    picture = photograph(307, 211, 3, 8)
    spoiled = picture.copy()
    spoiled[90:104, 140:154] = (255, 0, 0)
    image = write(tmp_path / "in.png", spoiled)
    done = sfumato("inpaint", image, "--box", "138,88,156,106", "-o", "out.png")
    assert done.code == 0, done.err

    def redness(colors: Array) -> Array:
        red, green, blue = np.moveaxis(colors.astype(int), 2, 0)
        return red - np.maximum(green, blue)

    mended = samples(tmp_path / "out.png")
    assert redness(mended).max() <= redness(picture).max() + 4 < redness(spoiled).max()
