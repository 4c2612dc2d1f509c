"""``sfumato inpaint`` from the shell to the file: outside the mask, OUT is IMAGE bit for bit."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image

from tests.support.command import Sfumato
from tests.support.pictures import Array, noise, samples, write

ODD = (1459, 2189)


def photograph(width: int, height: int, count: int, depth: int) -> Array:
    """Soft shapes with grain, (height, width, samples); alpha, if any, is opaque but for a hole."""
    generator = np.random.default_rng(width + count)
    coarse = generator.random((max(height // 24, 2), max(width // 24, 2), 3), np.float32)
    soft = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    soft += generator.standard_normal((height, width, 3), np.float32) * np.float32(0.02)
    top = 2**depth - 1
    color = (np.clip(soft, 0, 1) * top).astype(f"uint{depth}")
    if count < 3:
        color = color[..., :1]
    if count in (1, 3):
        return color
    alpha = np.full((height, width, 1), top, color.dtype)
    alpha[: height // 8, : width // 8] = top // 3
    return np.concatenate([color, alpha], axis=2)


def assert_changed_only_under_the_layer(image: Path, out: Path, layer: Path) -> Array:
    """Compare the files; returns the layer's alpha."""
    before, after, over = samples(image), samples(out), samples(layer)
    assert (after.shape, after.dtype) == (before.shape, before.dtype)
    assert over.shape == (*before.shape[:2], 4)
    assert over.dtype == before.dtype
    alpha = over[..., 3]
    untouched = alpha == 0
    assert np.array_equal(after[untouched], before[untouched])
    assert not np.array_equal(after[~untouched], before[~untouched])
    return alpha


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


def test_jpeg_in_png_out_keeps_every_decoded_sample(sfumato: Sfumato, tmp_path: Path) -> None:
    image = tmp_path / "in.jpg"
    Image.fromarray(photograph(307, 211, 3, 8)).save(image, quality=90)
    done = sfumato(
        "inpaint", image, "--box", "120,80,160,110", "-o", "out.png", "--layer", "layer.png"
    )
    assert done.code == 0, done.err
    assert_changed_only_under_the_layer(image, tmp_path / "out.png", tmp_path / "layer.png")


def test_jpeg_in_jpeg_out_says_that_it_was_encoded_anew(sfumato: Sfumato, tmp_path: Path) -> None:
    image = tmp_path / "in.jpg"
    Image.fromarray(photograph(307, 211, 3, 8)).save(image, quality=90)
    done = sfumato("inpaint", image, "--box", "120,80,160,110", "-o", "out.jpg")
    assert done.code == 0, done.err
    assert "JPEG is lossy" in done.err
    away = np.abs(samples(tmp_path / "out.jpg")[:40].astype(int) - samples(image)[:40])
    assert away.max() <= 8
    assert away.mean() < 0.5


def test_a_wide_gamut_picture_keeps_profile_and_samples(sfumato: Sfumato, tmp_path: Path) -> None:
    adobe = bytes(imagecodecs.cms_profile("adobergb"))
    clean = photograph(307, 211, 3, 8) // 2 + 60
    picture = clean.copy()
    picture[90:104, 140:154] = (255, 0, 0)
    image = tmp_path / "in.png"
    Image.fromarray(picture).save(image, icc_profile=adobe)
    done = sfumato(
        "inpaint", image, "--box", "138,88,156,106", "--seed", 1,
        "-o", "out.png", "--layer", "layer.png",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert_changed_only_under_the_layer(image, tmp_path / "out.png", tmp_path / "layer.png")
    for name in ("out.png", "layer.png"):
        with Image.open(tmp_path / name) as file:
            assert file.info["icc_profile"] == adobe
    # Filled in with about what was there before the square: both conversions cancel out.
    inside = samples(tmp_path / "out.png")[90:104, 140:154].reshape(-1, 3).mean(axis=0)
    before = clean[90:104, 140:154].reshape(-1, 3).mean(axis=0)
    assert np.abs(inside - before).max() < 25


def test_an_orientation_turns_the_selection_with_the_picture(
    sfumato: Sfumato, tmp_path: Path
) -> None:
    picture = photograph(160, 120, 3, 8)
    exif = Image.Exif()
    exif[274] = 6  # to be turned a quarter to the right: 120 wide, 160 high
    image = tmp_path / "in.tif"
    Image.fromarray(picture).save(image, exif=exif)
    done = sfumato(
        "inpaint", image, "--box", "90,10,110,30", "--grow", 0, "--feather", 0, "-o", "out.tif"
    )
    assert done.code == 0, done.err
    changed = (samples(tmp_path / "out.tif") != picture).any(axis=2)
    rows, columns = np.nonzero(changed)
    # Seen (x 90-110, y 10-30) is stored as (column 10-30, row 10-30).
    assert rows.min() >= 10
    assert rows.max() < 30
    assert columns.min() >= 10
    assert columns.max() < 30
    with Image.open(tmp_path / "out.tif") as file:
        assert file.getexif()[274] == 6


def test_the_same_seed_gives_the_same_file(sfumato: Sfumato, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", photograph(200, 150, 3, 8))
    for name in ("a.png", "b.png"):
        arguments = ("--box", "80,60,110,80", "--seed", 7, "--record", "none")  # It names the job.
        done = sfumato("inpaint", image, *arguments, "-o", name)
        assert done.code == 0, done.err
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_variations_are_numbered(sfumato: Sfumato, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", photograph(307, 211, 3, 8))
    done = sfumato(
        "inpaint", image, "--box", "120,80,170,120", "--variations", 2, "--seed", 3,
        "-o", "out.png", "--layer", "layer.png",
    )  # fmt: skip
    assert done.code == 0, done.err
    names = ["in.png", "layer-1.png", "layer-2.png", "out-1.png", "out-2.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    for number in (1, 2):
        assert_changed_only_under_the_layer(
            image, tmp_path / f"out-{number}.png", tmp_path / f"layer-{number}.png"
        )


def test_json_tells_a_script_everything(sfumato: Sfumato, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", noise(400, 300, 3, 8))
    done = sfumato("inpaint", image, "--box", "8,8,20,20", "-o", "out.png", "--seed", 5, "--json")
    assert done.code == 0, done.err
    report = json.loads(done.out)
    assert report["results"] == [{"out": "out.png", "layer": None, "seed": 5}]
    assert report["parameters"]["model"] == "fill"
    assert report["pixels"]["picture"] == 400 * 300
    assert 0 < report["pixels"]["sent"] < 400 * 300
    assert report["seconds"]["in all"] > 0


def test_an_existing_file_is_overwritten_only_by_force(sfumato: Sfumato, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", photograph(200, 150, 3, 8))
    (tmp_path / "out.png").write_bytes(b"precious")
    arguments = ("inpaint", image, "--box", "80,60,110,80", "-o", "out.png")
    done = sfumato(*arguments)
    assert done.code == 2
    assert "--force" in done.err
    assert (tmp_path / "out.png").read_bytes() == b"precious"
    assert sfumato(*arguments, "--force").code == 0
    assert samples(tmp_path / "out.png").shape == (150, 200, 3)


def test_a_prompt_without_a_model_says_how_to_get_one(sfumato: Sfumato, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", photograph(200, 150, 3, 8))
    done = sfumato("inpaint", image, "--box", "80,60,110,80", "--prompt", "a cat", "-o", "out.png")
    assert done.code == 2
    assert "model" in done.err
    assert not (tmp_path / "out.png").exists()


def test_an_unknown_model_is_refused_by_name(sfumato: Sfumato, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", photograph(200, 150, 3, 8))
    done = sfumato("inpaint", image, "--box", "8,6,11,8", "--model", "nonesuch", "-o", "out.png")
    assert done.code == 2
    assert "nonesuch" in done.err


def test_a_wrong_token_is_said_so(sfumato: Sfumato, tmp_path: Path, daemon_state: Path) -> None:
    image = write(tmp_path / "in.png", photograph(200, 150, 3, 8))
    done = sfumato(
        "inpaint", image, "--box", "8,6,11,8", "-o", "out.png", "--token", "not-the-token"
    )
    assert done.code == 1
    assert "token" in done.err


def test_without_a_daemon_one_is_started_and_ended(without_daemon: Sfumato, tmp_path: Path) -> None:
    import socket

    image = write(tmp_path / "in.png", photograph(200, 150, 3, 8))
    done = without_daemon("inpaint", image, "--box", "80,60,110,80", "-o", "out.png")
    assert done.code == 0, done.err
    assert "one was started for this call (127.0.0.1:" in done.err
    port = int(done.err.split("(127.0.0.1:")[1].split(")")[0])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert not (tmp_path / "no-state").exists()


def test_nothing_is_coloured_or_animated_beyond_a_terminal(
    sfumato: Sfumato, tmp_path: Path
) -> None:
    image = write(tmp_path / "in.png", photograph(200, 150, 3, 8))
    done = sfumato("inpaint", image, "--box", "80,60,110,80", "-o", "out.png")
    assert "\x1b" not in done.out + done.err
    assert done.out == "out.png\n"
    assert len(done.err.splitlines()) == 1
