"""``sfumato outpaint``: the picture stays what it was, and around it everything is new."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from tests.support.command import Sfumato
from tests.support.edited_files import photograph
from tests.support.pictures import samples, write

OVERLAP = 8
SIDES = ("--left", 31, "--top", 17, "--right", 9, "--bottom", 24)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_picture_stays_bit_for_bit_beyond_the_overlap(
    sfumato: Sfumato, tmp_path: Path, suffix: str, depth: int, count: int
) -> None:
    image = photograph(131, 103, count, depth)
    write(tmp_path / f"in{suffix}", image)
    done = sfumato(
        "outpaint", f"in{suffix}", *SIDES, "--overlap", OVERLAP, "-o", f"out{suffix}",
        "--layer", "layer.png",
    )  # fmt: skip
    assert done.code == 0, done.err
    out, layer = samples(tmp_path / f"out{suffix}"), samples(tmp_path / "layer.png")
    assert (out.shape, out.dtype) == ((103 + 41, 131 + 40, count), image.dtype)
    known = np.s_[17 : 17 + 103, 31 : 31 + 131]
    alpha = layer[..., 3]
    assert np.array_equal(out[known][alpha[known] == 0], image[alpha[known] == 0])
    inner = np.s_[OVERLAP:-OVERLAP, OVERLAP:-OVERLAP]
    assert (alpha[known][inner] == 0).all()
    new = np.ones(alpha.shape, bool)
    new[known] = False
    assert (alpha[new] == 2**depth - 1).all()
    # The fade over the picture falls from its border inwards.
    fade = alpha[60, 31 : 31 + OVERLAP].astype(int)
    assert (np.diff(fade) < 0).all()


def test_without_an_overlap_every_pixel_of_the_picture_stays(
    sfumato: Sfumato, tmp_path: Path
) -> None:
    image = photograph(131, 103, 3, 8)
    write(tmp_path / "in.png", image)
    done = sfumato("outpaint", "in.png", *SIDES, "--overlap", 0, "-o", "out.png")
    assert done.code == 0, done.err
    assert np.array_equal(samples(tmp_path / "out.png")[17:120, 31:162], image)


def test_a_texture_goes_on_over_the_border(sfumato: Sfumato, tmp_path: Path) -> None:
    brick = np.atleast_3d(data.brick())[:220, :200]
    write(tmp_path / "in.png", brick)
    done = sfumato("outpaint", "in.png", "--right", 50, "--seed", 1, "-o", "out.png")
    assert done.code == 0, done.err
    out = samples(tmp_path / "out.png").astype(float)
    steps = np.abs(np.diff(out[..., 0], axis=1)).mean(axis=0)
    assert steps[199] < 1.5 * np.median(steps)
    assert out[:, 210:].std() > 0.6 * brick.std()


def test_an_aspect_adds_what_is_missing_beside_the_anchor(sfumato: Sfumato, tmp_path: Path) -> None:
    image = photograph(100, 100, 3, 8)
    write(tmp_path / "in.png", image)
    done = sfumato(
        "outpaint", "in.png", "--aspect", "3:2", "--anchor", "left", "--overlap", 0, "-o", "o.png"
    )
    assert done.code == 0, done.err
    out = samples(tmp_path / "o.png")
    assert out.shape == (100, 150, 3)
    assert np.array_equal(out[:, :100], image)


def test_json_tells_the_preset_and_that_figures_are_not_continued(
    sfumato: Sfumato, tmp_path: Path
) -> None:
    write(tmp_path / "in.png", photograph(90, 80, 3, 8))
    done = sfumato("outpaint", "in.png", "--top", 20, "-o", "o.png", "--json")
    told = json.loads(done.out)
    assert told["parameters"]["preset"] == "extend"
    assert told["parameters"]["model"] == "fill"
    assert "FIGURES_NOT_CONTINUED" in [notice["code"] for notice in told["notices"]]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ([], "Say how much to add"),
        (["--left", 5, "--aspect", "2:1"], "not both"),
        (["--aspect", "wide"], "write two numbers"),
        (["--aspect", "9:8"], "has the aspect 9:8 already"),
        (["--aspect", "2:1", "--anchor", "middle"], "--anchor is one of center"),
        (["--left", 5, "--prompt", "a beach"], "needs a diffusion model"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    sfumato: Sfumato, tmp_path: Path, wrong: list[object], said: str
) -> None:
    write(tmp_path / "in.png", photograph(90, 80, 3, 8))
    done = sfumato("outpaint", "in.png", *wrong, "-o", "o.png")
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "o.png").exists()
