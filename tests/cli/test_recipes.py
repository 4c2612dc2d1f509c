"""Recipes of several passes as one job, over real daemons with fill and with a tiny model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sfumato.cli.failures import BadInput
from sfumato.cli.recipes import names, recipe
from tests.support.command import run_in
from tests.support.daemon import Daemon, running_daemon
from tests.support.pictures import samples, write
from tests.support.subjects import photograph
from tests.support.tiny_models import tiny_model

pytestmark = pytest.mark.timeout(300)
BOX = "60,50,130,110"
EDIT = ("--grow", "2", "--feather", "6", "--seed", "5")
DEEP = np.s_[76:84, 86:104]
"""Further from the border than a pass over it reaches."""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with a tiny model."""
    state = tmp_path_factory.mktemp("state")
    model = f"sd15={tiny_model('sd15')}"
    with running_daemon(state, "--model", model, "--device", "cpu", OMP_NUM_THREADS="1") as made:
        yield made


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return write(tmp_path / "in.png", photograph("astronaut")[150:310, 40:240])


def edited(
    daemon: Daemon, picture: Path, out: str, *arguments: object, box: str = BOX
) -> dict[str, object]:
    """Edit the picture; what the command reports."""
    command = ("inpaint", picture, "--box", box, *EDIT, "-o", out, "--json", *arguments)
    done = run_in(daemon.state, *command, cwd=picture.parent)
    assert done.code == 0, done.err
    return dict(json.loads(done.out))


def differs(one: Path, other: Path) -> np.ndarray:
    return np.asarray((samples(one) != samples(other)).any(axis=2))


def jobs(daemon: Daemon) -> int:
    return len(json.loads(run_in(daemon.state, "history", "--json", "--limit", "99").out))


def test_fill_passes_over_its_border_once_more(daemon: Daemon, picture: Path) -> None:
    folder = picture.parent
    before = jobs(daemon)
    (folder / "mine.toml").write_text(
        '[[stages]]\nname = "broad"\nshow = true\n\n'
        '[[stages]]\nname = "boundary"\nboundary = true\n'
    )
    report = edited(daemon, picture, "out.png", "--recipe", "mine.toml", "--layer", "layer.png")
    assert jobs(daemon) == before + 1
    results = report["results"]
    assert isinstance(results, list)
    assert [(Path(each["out"]).name, each.get("stage")) for each in results] == [
        ("out.png", None),
        ("out-broad.png", "broad"),
    ]
    edited(daemon, picture, "plain.png", "--layer", "plain-layer.png")
    assert not differs(folder / "plain.png", folder / "out-broad.png").any()
    mask = samples(folder / "layer.png")[..., 3]
    assert (mask == samples(folder / "plain-layer.png")[..., 3]).all()
    assert not differs(picture, folder / "out.png")[mask == 0].any()
    again = differs(folder / "out-broad.png", folder / "out.png")
    assert again[mask == 255].any()
    assert not again[DEEP].any()


def test_a_model_refines_what_it_made_and_passes_over_the_seam(
    daemon: Daemon, picture: Path
) -> None:
    folder = picture.parent
    painting = ("--prompt", "a red vase", "--model", "sd15", "--steps", "6")
    before = jobs(daemon)
    report = edited(daemon, picture, "out.png", *painting, "--recipe", "careful")
    assert jobs(daemon) == before + 1
    results = report["results"]
    assert isinstance(results, list)
    assert [each.get("stage") for each in results] == [None, "broad", "refine"]
    assert {each["seed"] for each in results} == {5}
    edited(daemon, picture, "plain.png", *painting, "--layer", "layer.png")
    assert not differs(folder / "plain.png", folder / "out-broad.png").any()
    mask = samples(folder / "layer.png")[..., 3]
    for name in ("out.png", "out-broad.png", "out-refine.png"):
        assert not differs(picture, folder / name)[mask == 0].any()
    refined = differs(folder / "out-broad.png", folder / "out-refine.png")
    assert refined[mask == 255].mean() > 0.9
    seam = differs(folder / "out-refine.png", folder / "out.png")
    assert seam[mask == 255].any()
    assert not seam[DEEP].any()
    # The passes are what they would be one after the other: a job of its own on the last result.
    arguments = ("--strength", "0.45", "--masked-content", "original", "--layer", "second.png")
    command = ("inpaint", folder / "out-broad.png", "--box", BOX, *EDIT, *painting, *arguments)
    done = run_in(daemon.state, *command, "-o", folder / "by-hand.png", cwd=folder)
    assert done.code == 0, done.err
    apart = np.abs(samples(folder / "by-hand.png").astype(int) - samples(folder / "out-refine.png"))
    assert apart[mask == 255].max() == 0


def test_each_variation_and_each_piece_of_a_selection_has_its_passes(
    daemon: Daemon, tmp_path: Path
) -> None:
    folder, picture = tmp_path, write(tmp_path / "in.png", photograph("astronaut"))
    more = ("--box", "20,20,60,60", "--context", "32", "--variations", "2")
    painting = ("--prompt", "a red vase", "--model", "sd15", "--steps", "4", *more)
    apart = "430,420,480,470"
    edited(daemon, picture, "out.png", *painting, "--recipe", "careful", box=apart)
    report = edited(daemon, picture, "plain.png", *painting, "--layer", "layer.png", box=apart)
    assert isinstance(report["pixels"], dict)
    assert report["pixels"]["windows"] == 2
    for number in (1, 2):
        broad = samples(folder / f"out-broad-{number}.png").astype(int)
        step = np.abs(broad - samples(folder / f"plain-{number}.png"))
        assert step.max() <= 1  # variations share steps there
        mask = samples(folder / f"layer-{number}.png")[..., 3]
        assert not differs(picture, folder / f"out-{number}.png")[mask == 0].any()
        assert differs(folder / f"out-refine-{number}.png", folder / f"out-{number}.png").any()
    assert differs(folder / "out-1.png", folder / "out-2.png").any()


def test_a_recipe_can_be_named_like_a_preset(daemon: Daemon, picture: Path) -> None:
    painting = ("--prompt", "a red vase", "--model", "sd15", "--steps", "6")
    report = edited(daemon, picture, "named.png", *painting, "--preset", "careful")
    results, told = report["results"], report["parameters"]
    assert isinstance(results, list) and isinstance(told, dict)
    assert [Path(each["out"]).name for each in results] == ["named.png"]
    assert (told["preset"], told["steps"], told["model"]) == ("careful", 6, "sd15")
    assert "strength" not in told
    edited(daemon, picture, "sent.png", *painting, "--recipe", "careful")
    assert not differs(picture.parent / "named.png", picture.parent / "sent.png").any()
    job = json.loads(run_in(daemon.state, "history", "--json", "--limit", "2").out)[1]["job_id"]
    done = run_in(daemon.state, "replay", job, "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["identical"]


def test_a_recipe_is_repeated_to_the_bit(daemon: Daemon, picture: Path) -> None:
    edited(daemon, picture, "out.png", "--recipe", "fill")
    job = json.loads(run_in(daemon.state, "history", "--json", "--limit", "1").out)[0]["job_id"]
    done = run_in(daemon.state, "replay", job, "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["identical"]


def test_own_recipes_are_named_and_wrong_ones_refused_with_their_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "sfumato" / "recipes"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('[[stages]]\nname = "x"\nscheduler = "euler"\n')
    assert names() == ["careful", "fill", "mine", "seam"]
    (stage,) = recipe("mine").messages
    assert stage.name == "x"
    assert [each.name for each in recipe("careful").messages] == ["broad", "refine", "boundary"]
    for text, words in (
        ("stages = 3", "stages"),
        ("x", "no TOML|not a TOML"),
        ('[[stages]]\nname = "x"\nstrength = 7\n', "stages.0.strength"),
        ('[[stages]]\nname = "x"\nfeather = 7\n', "stages.0.feather"),
    ):
        (tmp_path / "wrong.toml").write_text(text)
        with pytest.raises(BadInput, match=words):
            recipe(str(tmp_path / "wrong.toml"))
    with pytest.raises(BadInput, match="Known: careful, fill, mine, seam"):
        recipe("none")
