"""Generating in the real GIMP with a diffusion model, tiny and untrained, in a real daemon."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from sfumato.imaging.mask import soft_mask
from tests.editors.gimp import Gimp
from tests.editors.gimp_daemons import connected
from tests.editors.gimp_documents import Document, on_canvas
from tests.support.daemon import running_daemon
from tests.support.tiny_models import tiny_model

PROMPT = "a red jacket"


@pytest.fixture(scope="module", autouse=True)
def generating(gimp: Gimp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """GIMP uses a daemon with the model."""
    model = f"tiny={tiny_model('sd15')}"
    state = tmp_path_factory.mktemp("state")
    with (
        running_daemon(state, "--model", model, "--device", "cpu") as daemon,
        connected(gimp, daemon.address, daemon.token),
    ):
        yield


def test_a_prompt_becomes_a_layer_with_a_mask(gimp: Gimp, document: Document) -> None:
    before, selected = document.seen("R'G'B' u8", "u1"), document.selection()

    answer = document.run("inpaint", prompt=PROMPT, steps=3, seed=11, enhance=True)

    assert (answer.status, answer.sentence) == ("success", "")
    assert answer.layer.startswith("Replace: a red jacket")
    assert document.play("stack") == [answer.layer, "paper"]
    layer = document.made(answer.layer)
    mask = on_canvas(layer, before.shape)
    assert (mask[selected == 255] == 255).all()
    after = document.seen("R'G'B' u8", "u1")
    assert after[mask == 0].tobytes() == before[mask == 0].tobytes()
    assert (after[selected == 255] != before[selected == 255]).mean() > 0.5
    used = layer.record["parameters"]
    assert (layer.record["seed"], used["model"], used["steps"]) == (11, "tiny", 3)
    _, added, words = gimp.log.partition("Added to the prompt: ")
    assert added, "the artist is not told which words were added"
    assert used["prompt"] == f"{PROMPT}, {words.splitlines()[0].rstrip('.')}"


def test_the_same_seed_gives_the_same_layer_again(document: Document) -> None:
    first = document.made(document.run("inpaint", prompt=PROMPT, steps=2, seed=5).layer)
    again = document.made(document.run("repeat", seed=5).layer)
    assert (again.bounds, again.color) == (first.bounds, first.color)
    assert again.mask.tobytes() == first.mask.tobytes()


def test_a_presets_softness_and_surroundings_are_used(document: Document) -> None:
    # At its strength of 0.4 fewer than three steps leave none.
    answer = document.run("inpaint", prompt=PROMPT, preset="refine", steps=5)
    assert (answer.status, answer.sentence) == ("success", "")
    layer = document.made(answer.layer)
    used = layer.record["parameters"]
    assert (used["preset"], used["steps"], used["strength"]) == ("refine", 5, 0.4)
    assert (used.get("grow", 0), used["feather"], used["context"]["margin"]) == (0, 16, 64)
    selected = document.selection()
    mask = on_canvas(layer, selected.shape)
    assert np.abs(mask.astype(int) - soft_mask(selected, 0, 16)).max() <= 1


def test_what_is_given_wins_over_the_preset(document: Document) -> None:
    how = {"preset": "refine", "steps": 2, "grow": 7.0, "feather": 3.0, "strength": 0.9}
    answer = document.run("inpaint", prompt=PROMPT, context="whole", **how)
    assert (answer.status, answer.sentence) == ("success", "")
    used = document.made(answer.layer).record["parameters"]
    assert (used["grow"], used["feather"], used["strength"]) == (7, 3, 0.9)
    assert used["context"] == {"mode": "MODE_WHOLE"}


def test_a_preset_that_the_daemon_does_not_know_is_refused(document: Document) -> None:
    answer = document.run("inpaint", prompt=PROMPT, preset="nonsense")
    assert answer.status == "execution-error"
    assert "nonsense" in answer.sentence
    assert "refine" in answer.sentence
    assert document.play("stack") == ["paper"]
