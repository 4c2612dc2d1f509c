"""Several results of one edit, and the same edit again."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.editors.gimp import Gimp
from tests.editors.gimp_daemons import connected
from tests.editors.gimp_documents import Document
from tests.support.daemon import Daemon, running_daemon


def test_variations_come_as_layers_with_the_first_shown(document: Document) -> None:
    answer = document.run("remove", variations=3, seed=5)
    made = [document.made(name) for name in document.play("stack")[:-1]]
    assert [layer.visible for layer in made] == [True, False, False]
    assert [layer.record["seed"] for layer in made] == [5, 6, 7]
    assert made[0].name == answer.layer


def test_a_repetition_starts_from_the_first_input(document: Document, daemon: Daemon) -> None:
    first = document.made(document.run("remove", seed=3).layer)
    # The edit's own result is on top now; the same seed must give the same layer.
    again = document.made(document.run("repeat", seed=3).layer)
    assert (again.bounds, again.color) == (first.bounds, first.color)
    assert again.mask.tobytes() == first.mask.tobytes()
    assert again.record["job"] != first.record["job"]
    other = document.made(document.run("repeat").layer)
    assert other.record["seed"] != 3
    assert document.play("stack") == [other.name, again.name, first.name, "paper"]


def test_a_repetition_sends_the_pixels_when_the_daemon_has_forgotten_them(
    gimp: Gimp, document: Document, tmp_path: Path
) -> None:
    with (
        running_daemon(tmp_path, SFUMATO_RETENTION__BYTES="0") as forgetful,
        connected(gimp, forgetful.address, forgetful.token),
    ):
        first = document.made(document.run("remove", seed=3, feather=0.0, grow=0.0).layer)
        again = document.made(document.run("repeat", seed=3).layer)
    assert (again.bounds, again.color) == (first.bounds, first.color)
    assert again.mask.tobytes() == first.mask.tobytes()


def test_an_edit_in_a_saved_file_is_repeated_from_its_first_input(
    gimp: Gimp, document: Document, daemon: Daemon
) -> None:
    first = document.made(document.run("remove", seed=3).layer)
    document.id = document.play("reopened", path=str(gimp.share / "kept.xcf"))
    kept = document.made(first.name)
    assert kept.record == first.record
    again = document.made(document.run("repeat", chosen=first.name, seed=3).layer)
    assert (again.bounds, again.color) == (first.bounds, first.color)
    assert again.mask.tobytes() == first.mask.tobytes() == kept.mask.tobytes()


def test_a_repetition_follows_a_picture_that_was_cropped(document: Document) -> None:
    first = document.made(document.run("remove", seed=3).layer)
    document.play("change", what="crop")
    cropped = document.made(first.name)
    again = document.made(document.run("repeat", seed=4).layer)
    # The crop took 5 px at the left and on top.
    masked = [np.argwhere(layer.mask).min(0) for layer in (cropped, again)]
    corners = [
        (layer.bounds.y + top, layer.bounds.x + left)
        for layer, (top, left) in zip((cropped, again), masked, strict=True)
    ]
    assert corners[0] == corners[1]
