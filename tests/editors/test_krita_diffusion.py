"""Generating in the real Krita with a diffusion model, tiny and untrained, in a real daemon."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import numpy as np
import pytest
import skimage.data

from sfumato.imaging.mask import soft_mask
from sfumato_client import Cancelled, Client, Endpoint, Event, Progress
from sfumato_client.wire import jobs_pb2
from tests.editors.gimp_daemons import end_of
from tests.editors.krita_easel import Easel
from tests.editors.krita_edits import generate, photograph, prepared
from tests.editors.krita_studio import Studio
from tests.support.daemon import GUARD
from tests.support.tiny_models import tiny_model

INSERTED = "Inserted. One undo removes it."
MOST_STEPS = 150


def serving() -> tuple[str, ...]:
    """The arguments of a daemon that has a model."""
    return "--model", f"tiny={tiny_model('sd15')}", "--device", "cpu"


@pytest.fixture
def diffusing(studio: Studio, easel: Easel) -> Iterator[Studio]:
    """The studio with a daemon that has a model."""
    studio.stop_daemon()
    studio.start_daemon(*serving())
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

    assert said["message"] == INSERTED
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


def test_things_are_looked_at_closely_one_by_one(diffusing: Studio, easel: Easel) -> None:
    """Each with its surroundings alone, at the model's own size, and all of it in one layer."""
    easel.open(skimage.data.astronaut())
    y, x = np.mgrid[: easel.shape[0], : easel.shape[1]]
    places = ((80, 90), (380, 400))
    things = [np.where(np.hypot(y - down, x - right) <= 20, 255, 0) for down, right in places]
    selection = np.maximum(*things).astype(np.uint8)
    easel.select(selection)
    before, tree = easel.pixels(), easel.layers()
    diffusing.play("artist.write_prompt", text="a hand")
    diffusing.play("artist.settings", steps=3, context="double", grow=4, feather=12)

    assert generate(diffusing)["message"] == INSERTED

    [[name, _]] = easel.layers()[len(tree) :]
    mask, after = easel.layer(name).mask, easel.pixels()
    assert np.abs(mask.astype(int) - soft_mask(selection, 4, 12)).max() <= 1
    assert np.array_equal(after[mask == 0], before[mask == 0])
    for thing in things:
        assert (after[thing > 0] != before[thing > 0]).any(axis=-1).mean() > 0.5
    diffusing.play("paper.undo")
    assert easel.layers() == tree
    assert np.array_equal(easel.pixels(), before)


def test_cancel_ends_the_work_of_a_real_engine(diffusing: Studio, easel: Easel) -> None:
    """Its steps are watched from outside: none comes after the docker has said that it ended."""
    prepared(diffusing, easel)
    before, tree = easel.pixels(), easel.layers()
    diffusing.play("artist.settings", steps=MOST_STEPS, variations=8)
    diffusing.play("artist.trigger", action="sfumato_generate")
    job, daemon = diffusing.play("artist.in_the_middle"), diffusing.daemon
    assert daemon is not None
    with Client(Endpoint(daemon.address, daemon.token), "test", "1") as client:
        steps: list[tuple[float, int]] = []

        def watch(event: Event) -> None:
            if isinstance(event, Progress):
                steps.append((time.monotonic(), event.step))

        watched = client.attach(job, watch, lambda _: None)
        asked = time.monotonic()
        diffusing.play("artist.trigger", action="sfumato_cancel")
        said = diffusing.play("artist.ended")
        with pytest.raises(Cancelled):
            watched.wait(GUARD)
        done = len(steps)
        told = [round(1000 * (at - asked)) for at, _ in steps]
        print(f"cancelled: the last of {done} steps seen came {told[-1:]} ms after it was asked")
        assert end_of(daemon, job) == jobs_pb2.JOB_STATE_CANCELLED
        assert len(steps) == done

    assert said["message"] == "Cancelled."
    assert all(step < MOST_STEPS for _, step in steps)
    assert easel.layers() == tree
    assert np.array_equal(easel.pixels(), before)
    diffusing.play("artist.settings", steps=2, variations=1)
    assert generate(diffusing)["message"] == INSERTED, "the engine is free again"


def test_an_edit_outlives_a_daemon_that_was_killed(diffusing: Studio, easel: Easel) -> None:
    """The daemon that comes back has the edit, and Krita finds both again by itself."""
    selection = prepared(diffusing, easel)
    before, tree = easel.pixels(), easel.layers()
    diffusing.play("artist.settings", steps=40)
    diffusing.play("artist.trigger", action="sfumato_generate")
    job = diffusing.play("artist.in_the_middle")
    assert diffusing.daemon is not None

    diffusing.daemon.process.kill()
    diffusing.daemon.process.wait(GUARD)
    diffusing.play("artist.until_said", words="Connection lost")
    assert easel.layers() == tree
    easel.open(photograph())
    diffusing.stop_daemon()
    diffusing.start_daemon(*serving())

    assert diffusing.play("artist.all_ended") == [INSERTED, ""]
    assert easel.layers() == tree, "the picture that came to the front meanwhile"
    easel.close()
    [[name, _]] = easel.layers()[len(tree) :]
    layer, after = easel.layer(name), easel.pixels()
    assert (layer.mask[selection == 255] == 255).all()
    assert np.array_equal(after[layer.mask == 0], before[layer.mask == 0])
    assert diffusing.daemon is not None
    assert end_of(diffusing.daemon, job) == jobs_pb2.JOB_STATE_DONE
