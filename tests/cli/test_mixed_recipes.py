"""Recipes that mix engines, on new canvas, with pictures that guide; and a pass over the seam."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.command import run_in
from tests.support.daemon import Daemon, running_daemon
from tests.support.pictures import samples, write
from tests.support.subjects import photograph
from tests.support.tiny_additions import tiny_control_net, tiny_ip_adapter
from tests.support.tiny_models import tiny_model

pytestmark = pytest.mark.timeout(600)
EDIT = ("--box", "60,50,130,110", "--grow", "2", "--feather", "6", "--seed", "5")
PAINT = ("--prompt", "a red vase", "--model", "sd15", "--steps", "10")
REFINED = """
[[stages]]
name = "broad"
show = true

[[stages]]
name = "refine"
strength = 0.4
masked_content = "original"
"""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with a tiny model, a ControlNet and an IP-Adapter."""
    paths = {"sd15": tiny_model("sd15"), "edges": tiny_control_net("sd15")}
    paths["style"] = tiny_ip_adapter("sd15")
    models = [text for name, path in paths.items() for text in ("--model", f"{name}={path}")]
    state = tmp_path_factory.mktemp("state")
    with running_daemon(state, *models, "--device", "cpu", OMP_NUM_THREADS="1") as made:
        yield made


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return write(tmp_path / "in.png", photograph("astronaut")[150:310, 40:240])


def ran(daemon: Daemon, command: str, picture: Path, out: str, *arguments: object) -> np.ndarray:
    """Run a command on the picture; its result."""
    told = (command, picture, "-o", out, *arguments)
    done = run_in(daemon.state, *told, cwd=picture.parent)
    assert done.code == 0, done.err
    return samples(picture.parent / out).astype(int)


def test_a_fill_and_what_a_model_paints_on_it_are_one_job(daemon: Daemon, picture: Path) -> None:
    folder = picture.parent
    (folder / "mixed.toml").write_text(
        '[[stages]]\nname = "empty"\nmodel = "fill"\nshow = true\n\n'
        '[[stages]]\nname = "paint"\nstrength = 0.5\nmasked_content = "original"\n'
    )
    count = ("history", "--json", "--limit", "99")
    before = len(json.loads(run_in(daemon.state, *count).out))
    mixed = (*EDIT, *PAINT, "--recipe", "mixed.toml", "--variations", "2")
    done = run_in(daemon.state, "inpaint", picture, "-o", "out.png", *mixed, cwd=folder)
    assert done.code == 0, done.err
    assert len(json.loads(run_in(daemon.state, *count).out)) == before + 1
    filled = ran(daemon, "inpaint", picture, "filled.png", *EDIT, "--layer", "layer.png")
    assert (samples(folder / "out-empty-1.png") == filled).all()
    by_hand = ("--strength", "0.5", "--masked-content", "original")
    painted = ran(daemon, "inpaint", folder / "filled.png", "painted.png", *EDIT, *PAINT, *by_hand)
    mask = samples(folder / "layer.png")[..., 3]
    assert (samples(folder / "out-1.png") == painted)[mask == 255].all()
    for number in (1, 2):
        out = samples(folder / f"out-{number}.png")
        assert (out[mask == 0] == samples(picture)[mask == 0]).all()
    assert (painted != filled)[mask == 255].any(axis=-1).mean() > 0.9


def test_new_canvas_is_refined_in_a_second_pass(daemon: Daemon, picture: Path) -> None:
    folder = picture.parent
    (folder / "refined.toml").write_text(REFINED)
    asked = ("--right", "60", "--seed", "5", "--overlap", "8", *PAINT)
    out = ran(daemon, "outpaint", picture, "out.png", *asked, "--recipe", "refined.toml")
    once = ran(daemon, "outpaint", picture, "once.png", *asked)
    assert (samples(folder / "out-broad.png") == once).all()
    assert (out[:, :192] == samples(picture)[:, :192]).all()
    new, apart = np.s_[:, 200:], np.abs(out - once)
    assert apart[new].any(axis=-1).mean() > 0.9
    # It begins from what the first pass made, not from nothing.
    fresh = ran(daemon, "outpaint", picture, "fresh.png", *asked[:-1], "9", "--seed", "77")
    assert apart[new].mean() < np.abs(fresh - once)[new].mean()


def test_fill_passes_twice_over_new_canvas(daemon: Daemon, picture: Path) -> None:
    asked = ("--right", "40", "--seed", "5", "--overlap", "8")
    out = ran(daemon, "outpaint", picture, "out.png", *asked, "--recipe", "fill")
    once = ran(daemon, "outpaint", picture, "once.png", *asked)
    assert (out[:, :192] == samples(picture)[:, :192]).all()
    assert (out != once).any()


def test_pictures_guide_every_pass(daemon: Daemon, picture: Path) -> None:
    folder = picture.parent
    (folder / "refined.toml").write_text(REFINED)
    guides = ("--control", "canny", "--reference", picture)
    asked = (*EDIT, *PAINT)
    guided = ran(daemon, "inpaint", picture, "out.png", *asked, *guides, "--recipe", "refined.toml")
    first = ran(daemon, "inpaint", picture, "first.png", *asked, *guides, "--layer", "layer.png")
    covered = samples(folder / "layer.png")[..., 3] == 255
    assert (samples(folder / "out-broad.png") == first).all()
    by_hand = ("--strength", "0.4", "--masked-content", "original", *guides[:2])
    reference = ("--reference", picture)
    second = ran(
        daemon, "inpaint", folder / "first.png", "second.png", *asked, *by_hand, *reference
    )
    assert (guided == second)[covered].all()
    alone = ran(daemon, "inpaint", folder / "first.png", "alone.png", *asked, *by_hand[:-2])
    assert (alone != second)[covered].any()


def test_a_pass_over_the_seam_is_the_recipe_for_it(daemon: Daemon, picture: Path) -> None:
    asked = (*EDIT, *PAINT)
    with_pass = ran(daemon, "inpaint", picture, "out.png", *asked, "--seam-pass")
    recipe = ran(daemon, "inpaint", picture, "recipe.png", *asked, "--recipe", "seam")
    without = ran(daemon, "inpaint", picture, "without.png", *asked)
    assert (with_pass == recipe).all()
    assert (with_pass != without).any()
    deep = np.s_[76:84, 86:104]
    assert (with_pass[deep] == without[deep]).all()
    newest = json.loads(run_in(daemon.state, "history", "--json", "--limit", "3").out)
    told = [run_in(daemon.state, "history", job["job_id"], "--json").out for job in newest]
    assert ['"seam_pass": true' in each for each in told] == [False, False, True]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--seam-pass",), "fill cannot use seam pass"),
        ((*PAINT, "--seam-pass", "--recipe", "careful"), "in a stage of its own"),
        ((*PAINT, "--seam-pass", "--gray", "partial"), "no seam to pass over"),
    ],
)
def test_a_pass_over_the_seam_that_makes_no_sense_is_refused(
    daemon: Daemon, picture: Path, arguments: tuple[str, ...], words: str
) -> None:
    asked = ("inpaint", picture, "-o", "out.png", *EDIT, *arguments)
    done = run_in(daemon.state, *asked, cwd=picture.parent)
    assert done.code == 2
    assert words in " ".join(done.err.split())
