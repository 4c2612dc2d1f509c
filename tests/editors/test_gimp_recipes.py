"""Recipes in the real GIMP: chosen like presets, followed stage by stage, and done again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.editors.desktop import Desktop
from tests.editors.gimp import Gimp
from tests.editors.gimp_dialogs import INPAINT, PROMPT, RESULTS, keys
from tests.editors.gimp_documents import Document, on_canvas
from tests.editors.gimp_hands import GIMP, PATIENCE_S, Hands, until
from tests.editors.gimp_package import pack
from tests.editors.gimp_subjects import HARD, photograph_in
from tests.editors.recipe_daemon import RecipeDaemon
from tests.editors.scripted_daemon import COLORS, TOKEN
from tests.support.daemon import Daemon, running_daemon
from tests.support.tiny_models import tiny_model

NAME = "Clean replace: a red jacket"


@pytest.fixture(scope="module")
def daemon() -> Iterator[RecipeDaemon]:
    with RecipeDaemon() as daemon:
        yield daemon


@pytest.fixture(scope="module")
def hands(desktop: Desktop) -> Hands:
    return Hands(desktop)


@pytest.fixture(scope="module")
def gimp(desktop: Desktop, daemon: RecipeDaemon, hands: Hands) -> Iterator[Gimp]:
    environ = {"SFUMATO_ADDRESS": daemon.address, "SFUMATO_TOKEN": TOKEN}
    with Gimp(desktop, pack(desktop.share), environ, windows=True) as gimp:
        hands.enlarge(GIMP)
        yield gimp


@pytest.fixture
def document(gimp: Gimp, daemon: RecipeDaemon) -> Iterator[Document]:
    """A photograph in a window, with a hard selection."""
    document = photograph_in(gimp)
    document.play("display")
    yield document
    daemon.release()
    if gimp.alive:
        document.play("undisplay")


@pytest.fixture(scope="module")
def diffusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A real daemon with a tiny model."""
    model = f"tiny={tiny_model('sd15')}"
    state = tmp_path_factory.mktemp("state")
    with running_daemon(state, "--model", model, "--device", "cpu") as daemon:
        yield daemon


def shown(path: Path, color: tuple[int, int, int]) -> int:
    """How many pixels of a screenshot have a colour."""
    with Image.open(path) as seen:
        apart = np.abs(np.asarray(seen.convert("RGB")).astype(int) - color).max(axis=2)
    return int((apart <= 8).sum())


def test_a_recipe_is_chosen_followed_stage_by_stage_and_done_again(
    gimp: Gimp, document: Document, hands: Hands, daemon: RecipeDaemon
) -> None:
    at = 1 + [preset.name for preset in daemon.ListModels(None, None).presets].index("careful")
    daemon.hold()
    hands.invoke("inpaint")
    hands.settle(INPAINT)
    hands.press(f"alt+p ctrl+a {keys(PROMPT)} alt+e {'Down ' * at}".strip(), INPAINT)
    hands.show(INPAINT, "gimp-recipe")
    hands.dismiss("alt+g", INPAINT)
    hands.see(RESULTS)
    assert daemon.at_work.wait(PATIENCE_S)
    assert daemon.edits[-1].header.parameters.preset == "careful"
    hands.show(RESULTS, "gimp-recipe-at-work")
    path = gimp.desktop.share / "gimp-recipe-at-work.png"
    assert shown(path, COLORS[1]) > 500, "what the second stage made is not seen"
    daemon.release()
    until(lambda: document.play("stack") == [NAME, "paper"], "not inserted")
    hands.miss(RESULTS)
    layer = document.made(NAME)
    assert layer.record["parameters"]["preset"] == "careful"

    answer = document.run("repeat", seed=5)

    assert answer.status == "success" and answer.layer.startswith(NAME)
    assert document.play("stack")[1:] == [NAME, "paper"]
    again = daemon.edits[-1].header
    assert again.stored_input.job_id == str(len(daemon.edits) - 1)
    assert (again.parameters.preset, again.parameters.seed) == ("careful", 5)


def test_a_model_does_all_stages_and_does_them_again(
    gimp: Gimp, document: Document, diffusing: Daemon
) -> None:
    gimp.play("edits.run", procedure="connection", address=diffusing.address, token=diffusing.token)
    before = document.seen("R'G'B' u8", "u1")

    answer = document.run("inpaint", prompt=PROMPT, preset="careful", steps=4, seed=11)

    assert (answer.status, answer.sentence) == ("success", "")
    assert answer.layer == NAME
    first = document.made(answer.layer)
    used = first.record["parameters"]
    assert (used["preset"], used["model"], used["steps"]) == ("careful", "tiny", 4)
    mask = on_canvas(first, before.shape)
    assert (mask[HARD == 255] == 255).all()
    after = document.seen("R'G'B' u8", "u1")
    assert after[mask == 0].tobytes() == before[mask == 0].tobytes()
    again = document.made(document.run("repeat", seed=11).layer)
    assert (again.bounds, again.color) == (first.bounds, first.color)

    refused = document.run("inpaint", preset="careful")

    assert refused.status == "execution-error"
    assert "Say in the prompt what should be there" in refused.sentence
    gimp.play("edits.run", procedure="connection", address="", token="")
