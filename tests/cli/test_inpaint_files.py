"""What kind of file an edited picture is: its format, its profile, how it is turned."""

from __future__ import annotations

from pathlib import Path

import imagecodecs
import numpy as np
from PIL import Image

from tests.support.command import Sfumato
from tests.support.edited_files import assert_changed_only_under_the_layer, photograph
from tests.support.pictures import samples


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
