"""How the docker looks, in pictures that are kept for the guide, and that nothing is cut off."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from tests.editors.krita_easel import Easel
from tests.editors.krita_studio import Studio
from tests.editors.recipe_daemon import RecipeDaemon
from tests.editors.scripted_daemon import HANG_S, tinted

# SFUMATO_KEEP_PICTURES=1 renews the pictures of the guide.
IMAGES = Path(__file__).parents[2] / "docs/images"
WIDTHS = [300, 380]


@pytest.fixture
def cup(easel: Easel) -> Easel:
    """A photograph of a cup, with the coffee in it selected."""
    easel.open(skimage.data.coffee())
    y, x = np.mgrid[: easel.shape[0], : easel.shape[1]]
    easel.select(np.where(np.hypot((y - 137) / 62, (x - 290) / 80) <= 1, 255, 0).astype(np.uint8))
    return easel


def picture(studio: Studio, name: str, whole: bool = False) -> None:
    """Look at the docker (or the whole screen) and keep what is seen; nothing may be cut off."""
    path = studio.share / f"krita-{name}.png"
    if whole:
        studio.play("looks.without_messages")
        studio.desktop.screenshot(path)
        with Image.open(path) as screen:
            screen.crop((0, 0, *studio.play("looks.window_size"))).save(path)
    else:
        studio.play("looks.grab_docker", path=str(path))
    assert studio.play("looks.cut_off") == []
    keep(studio, path)


def keep(studio: Studio, path: Path) -> None:
    """Check that something is shown, and keep the picture if that is wanted."""
    with Image.open(path) as seen:
        assert len(np.unique(np.asarray(seen.convert("L")))) > 20
    if studio.keeps_pictures:
        IMAGES.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, IMAGES / path.name)


@pytest.mark.parametrize("width", WIDTHS)
def test_idle(studio: Studio, cup: Easel, width: int) -> None:
    with studio.scripted():
        studio.play("looks.alone", width=width)
        studio.play("artist.write_prompt", text="a cup of tea")
        picture(studio, "idle")
        studio.play("artist.unfold", opened=True)
        studio.play("looks.unfolded")
        picture(studio, "advanced")
        studio.play("artist.unfold", opened=False)


def test_at_work(studio: Studio, cup: Easel) -> None:
    with studio.scripted(steps=20, held_from=8) as daemon:
        studio.play("looks.alone", width=340)
        studio.play("artist.write_prompt", text="a cup of tea")
        daemon.hold()
        studio.play("artist.trigger", action="sfumato_generate")
        assert daemon.at_work.wait(HANG_S), studio.play("artist.state")
        studio.play("artist.until_said", words="about 4 s")
        studio.play("artist.until_preview")
        picture(studio, "at-work")
        picture(studio, "at-work-window", whole=True)
        daemon.release()
        studio.play("artist.ended")


def test_in_a_recipes_last_stage(studio: Studio, cup: Easel) -> None:
    with studio.using(RecipeDaemon(paint=tinted)) as daemon:
        studio.play("looks.alone", width=340)
        studio.play("artist.write_prompt", text="a cup of tea")
        studio.play("artist.choose_preset", name="careful")
        daemon.hold()
        studio.play("artist.trigger", action="sfumato_generate")
        assert daemon.at_work.wait(HANG_S), studio.play("artist.state")
        studio.play("artist.until_said", words="Boundary: denoising")
        studio.play("artist.until_preview")
        picture(studio, "recipe")
        daemon.release()
        studio.play("artist.ended")


def test_with_variations(studio: Studio, cup: Easel) -> None:
    with studio.scripted(paint=tinted):
        studio.play("looks.alone", width=340)
        studio.play("artist.write_prompt", text="a cup of tea")
        studio.play("artist.settings", variations=4)
        studio.play("artist.edit", action="sfumato_generate")
        studio.play("artist.hover", index=1)
        picture(studio, "variations")


@pytest.mark.parametrize("name", ["outpaint", "select"])
def test_a_dialog(studio: Studio, cup: Easel, name: str) -> None:
    with studio.scripted():
        studio.play("dialogs.open_", name=name)
        if name == "outpaint":
            prompt = "a wooden table in the evening sun"
            studio.play("dialogs.choose_sides", aspect="16:9", prompt=prompt)
        path = studio.share / f"krita-{name}.png"
        studio.play("dialogs.grab", name=name, path=str(path))
        assert studio.play("looks.cut_off", name=name) == []
        keep(studio, path)
        studio.play("dialogs.close", name=name)


def test_without_a_model(studio: Studio, cup: Easel) -> None:
    with studio.scripted(generates=False):
        studio.play("looks.alone", width=340)
        picture(studio, "no-model")


def test_without_a_daemon_it_can_be_started(studio: Studio, cup: Easel) -> None:
    studio.play("looks.alone", width=340)
    studio.stop_daemon()
    studio.play("connecting.lost")
    said = studio.play("artist.state")
    assert not said["generate"] and not said["remove"]
    assert "sfumato serve" in studio.play("connecting.connection")["sentence"]
    picture(studio, "no-daemon")

    studio.play("artist.press", name="sfumato_start")

    assert studio.asked_to_start() == "serve"
    studio.start_daemon()
    studio.play("connecting.connected")
    assert studio.play("artist.state")["remove"]
