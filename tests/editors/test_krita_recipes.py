"""Recipes in the docker: chosen like presets, followed stage by stage, and done again."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.editors.krita_easel import Easel
from tests.editors.krita_edits import prepared
from tests.editors.krita_studio import Studio
from tests.editors.recipe_daemon import RecipeDaemon
from tests.editors.scripted_daemon import COLORS

NAME = "Clean replace: a red jacket"


@pytest.fixture
def daemon(studio: Studio, easel: Easel) -> Iterator[RecipeDaemon]:
    """A daemon of paper that Krita uses, and whose last stage the test holds."""
    with studio.using(RecipeDaemon()) as daemon:
        yield daemon


def records(studio: Studio) -> list[dict[str, object]]:
    """What the document tells of its layers."""
    written = studio.play("paper.annotations")
    return [json.loads(text) for key, text in written.items() if key.startswith("sfumato/edit")]


def test_recipes_are_offered_with_their_stages(studio: Studio, daemon: RecipeDaemon) -> None:
    titles = studio.play("artist.preset_titles")
    assert "Clean replace (3 stages)" in titles
    assert "Fill, then the border (2 stages)" in titles
    assert "Refine detail" in titles


def test_without_a_model_only_a_recipe_that_fills_is_offered(studio: Studio, easel: Easel) -> None:
    with studio.scripted(generates=False):
        titles = studio.play("artist.preset_titles")
    assert "Fill, then the border (2 stages)" in titles
    assert not [title for title in titles if title.startswith("Clean replace")]


def test_the_stage_is_told_and_what_the_last_one_made_is_seen(
    studio: Studio, easel: Easel, daemon: RecipeDaemon
) -> None:
    prepared(studio, easel)
    tree = easel.layers()
    studio.play("artist.choose_preset", name="careful")
    studio.play("artist.settings", steps=9)
    daemon.hold()
    studio.play("artist.trigger", action="sfumato_generate")
    assert daemon.at_work.wait(60), studio.play("artist.state")

    said = studio.play("artist.until_said", words="Boundary: denoising")

    assert said["cancel"]
    studio.play("looks.until_overlay", color=list(COLORS[1]))
    asked = daemon.edits[0].header.parameters
    assert (asked.preset, asked.prompt, asked.steps) == ("careful", "a red jacket", 9)
    daemon.release()
    studio.play("artist.ended")
    [[name, _]] = easel.layers()[len(tree) :]
    assert name == NAME
    layer = easel.layer(name)
    assert (layer.color[layer.mask == 255][:, 2::-1] == COLORS[2]).all()
    [record] = records(studio)
    assert record["parameters"]["preset"] == "careful"
    assert not studio.play("artist.state")["overlay"]

    studio.play("artist.edit", action="sfumato_repeat")

    assert {each[0] for each in easel.layers()[len(tree) :]} == {NAME, f"{NAME} 2"}
