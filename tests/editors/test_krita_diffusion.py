"""Generating in the real Krita with a diffusion model, tiny and untrained, in a real daemon."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest

from tests.editors.krita_easel import Easel
from tests.editors.krita_edits import generate, prepared
from tests.editors.krita_studio import Studio
from tests.support.tiny_models import tiny_model


@pytest.fixture
def diffusing(studio: Studio, easel: Easel) -> Iterator[Studio]:
    """The studio with a daemon that has a model."""
    studio.stop_daemon()
    studio.start_daemon("--model", f"tiny={tiny_model('sd15')}", "--device", "cpu")
    studio.play("connecting.connected", generating=True)
    yield studio
    studio.stop_daemon()


def test_a_prompt_becomes_a_layer_with_a_mask(diffusing: Studio, easel: Easel) -> None:
    selection = prepared(diffusing, easel, prompt="a red jacket")
    before, tree = easel.pixels(), easel.layers()
    diffusing.play("artist.choose_preset", name="replace")
    diffusing.play("artist.settings", steps=3, fixed=True, seed=11)
    diffusing.play("artist.enhance", wanted=True)

    said = generate(diffusing)

    assert said["message"] == "Inserted. One undo removes it."
    assert "Added to the prompt: " in said["notices"]
    [[name, masks]] = easel.layers()[len(tree) :]
    assert name.startswith("Replace: a red jacket")
    assert masks == [["Sfumato mask", []]]
    layer = easel.layer(name)
    assert (layer.mask[selection == 255] == 255).all()
    after = easel.pixels()
    assert np.array_equal(after[layer.mask == 0], before[layer.mask == 0])
    assert not np.array_equal(after[selection == 255], before[selection == 255])
    assert_annotated(diffusing, said["notices"])
    diffusing.play("paper.undo")
    assert easel.layers() == tree
    assert np.array_equal(easel.pixels(), before)


def assert_annotated(studio: Studio, notices: str) -> None:
    """The document tells how the layer was made, the words that were added among it."""
    written = studio.play("paper.annotations")
    [record] = [json.loads(text) for key, text in written.items() if key.startswith("sfumato/edit")]
    used = record["parameters"]
    assert record["seed"] == 11
    assert (used["model"], used["preset"], used["steps"]) == ("tiny", "replace", 3)
    added = notices.partition("Added to the prompt: ")[2].splitlines()[0].rstrip(".")
    assert used["prompt"] == f"a red jacket, {added}"


def test_the_same_seed_gives_the_same_layer_again(diffusing: Studio, easel: Easel) -> None:
    prepared(diffusing, easel, prompt="a red jacket")
    tree = easel.layers()
    diffusing.play("artist.enhance", wanted=False)
    diffusing.play("artist.settings", steps=2, fixed=True, seed=5)
    generate(diffusing)
    diffusing.play("artist.edit", action="sfumato_repeat")
    first, second = (easel.layer(name) for name, _ in easel.layers()[len(tree) :])
    assert np.array_equal(first.color, second.color)
    assert np.array_equal(first.mask, second.mask)
