"""Intentions in the docker: what a preset sets is shown, can be changed, and is what is sent."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import skimage.data

from sfumato.models import recipes
from sfumato.models.presets import shipped
from sfumato_client.wire.parameters_pb2 import Context, MaskedContent
from tests.editors.krita_easel import Easel
from tests.editors.krita_studio import Studio
from tests.editors.scripted_daemon import ScriptedDaemon


@pytest.fixture
def daemon(studio: Studio, easel: Easel) -> Iterator[ScriptedDaemon]:
    """A daemon with a model, and a picture with a selection."""
    with studio.scripted() as daemon:
        easel.open(skimage.data.coffee())
        selection = np.zeros(easel.shape, np.uint8)
        selection[120:200, 200:320] = 255
        easel.select(selection)
        yield daemon


def test_all_presets_of_the_daemon_can_be_chosen(studio: Studio, daemon: ScriptedDaemon) -> None:
    assert studio.play("artist.presets") == ["", *shipped(), *recipes.shipped()]


def test_a_preset_is_shown_and_sent(studio: Studio, daemon: ScriptedDaemon) -> None:
    studio.play("artist.write_prompt", text="a hand")

    studio.play("artist.choose_preset", name="refine")

    shown = {name: studio.play("artist.shown_setting", name=name) for name in SHOWN}
    assert shown == SHOWN
    assert studio.play("artist.strength") == 40
    studio.play("artist.edit", action="sfumato_generate")
    asked = daemon.edits[0].header.parameters
    assert (asked.preset, asked.steps, asked.grow, asked.feather) == ("refine", 32, 0, 16)
    assert asked.strength == pytest.approx(0.4)
    assert (asked.context.mode, asked.context.margin) == (Context.MODE_MARGIN, 64)
    window = daemon.edits[0].header.regions.regions[0].window
    reach = 16  # feather 16: its fade, and the dilation before it
    assert (window.x, window.y) == (200 - reach - 64, 120 - reach - 64)


SHOWN = {"steps": 32, "grow": 0, "feather": 16, "margin": 64}


def test_what_the_artist_changes_after_it_wins(studio: Studio, daemon: ScriptedDaemon) -> None:
    studio.play("artist.write_prompt", text="a hand")
    studio.play("artist.choose_preset", name="refine")

    studio.play("artist.settings", steps=5, grow=7, begin_with="noise", context="double")
    studio.play("artist.edit", action="sfumato_generate")

    asked = daemon.edits[0].header.parameters
    assert (asked.preset, asked.steps, asked.grow, asked.feather) == ("refine", 5, 7, 16)
    assert asked.masked_content == MaskedContent.MASKED_CONTENT_NOISE
    assert asked.context == Context(mode=Context.MODE_DOUBLE)


def test_remove_leaves_out_a_preset_that_paints(studio: Studio, daemon: ScriptedDaemon) -> None:
    studio.play("artist.choose_preset", name="insert")
    studio.remove()
    assert daemon.edits[0].header.parameters.preset == ""
    studio.play("artist.choose_preset", name="repair")
    studio.remove()
    asked = daemon.edits[1].header.parameters
    assert (asked.preset, asked.grow, asked.feather) == ("repair", 2, 4)


def test_a_preset_is_remembered_without_its_daemon(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    studio.play("artist.choose_preset", name="insert")
    studio.play("connecting.use_daemon", address="", token="")
    studio.play("artist.write_prompt", text="a bowl of lemons")
    studio.play("connecting.use_daemon", address=daemon.address, token="any")
    assert studio.play("artist.preset") == "insert"


def test_what_is_remembered_of_a_model_does_not_keep_fill_from_removing(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    studio.play("artist.write_prompt", text="a hand")
    studio.play("artist.choose_preset", name="refine")
    studio.play("artist.settings", negative="rain", guidance=5.0, begin_with="noise")
    studio.play("artist.edit", action="sfumato_generate")
    asked = daemon.edits[0].header.parameters
    assert (asked.negative_prompt, asked.steps, asked.guidance) == ("rain", 32, 5.0)

    studio.play("connecting.use_daemon", address="", token="")
    studio.play("connecting.connected")
    assert studio.remove()["message"].startswith("Inserted")
    assert len(easel.layers()) == 3


def test_words_are_added_when_asked_for(studio: Studio, daemon: ScriptedDaemon) -> None:
    studio.play("artist.write_prompt", text="a hand")
    studio.play("artist.enhance", wanted=True)
    studio.play("artist.edit", action="sfumato_generate")
    assert daemon.edits[0].header.parameters.enhance_prompt
    studio.play("artist.enhance", wanted=False)
    studio.play("artist.edit", action="sfumato_generate")
    assert not daemon.edits[1].header.parameters.enhance_prompt
