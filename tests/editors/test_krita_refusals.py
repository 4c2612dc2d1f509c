"""What cannot be, and what goes wrong, is said in the docker with what to do."""

from __future__ import annotations

import stat

import pytest

from tests.editors.krita_easel import Easel
from tests.editors.krita_edits import box, generate, photograph, prepared
from tests.editors.krita_studio import Studio
from tests.editors.scripted_daemon import ScriptedDaemon


def test_without_a_selection_the_docker_says_so(studio: Studio, easel: Easel) -> None:
    easel.open(photograph())
    said = studio.remove()
    assert said["message"] == "Nothing is selected. Select what should change and try again."


def test_a_cmyk_picture_is_refused_with_what_to_do(studio: Studio, easel: Easel) -> None:
    studio.play("paper.open_plain", model="CMYKA", depth="U8")
    studio.play("paper.select_all")
    said = studio.remove()
    assert "this one is CMYK" in said["message"]
    assert "Convert Image Color Space" in said["message"]


def test_a_locked_group_is_refused(studio: Studio, easel: Easel) -> None:
    easel.open(photograph())
    easel.select(box(120, 200, 80, 120))
    studio.play("paper.add_stack")
    studio.play("paper.lock", name="shadows")
    studio.play("artist.settings", source="below")
    said = studio.remove()
    assert 'The group "shadows" is locked' in said["message"]


def test_generate_needs_a_model_and_remove_does_not(studio: Studio, easel: Easel) -> None:
    easel.open(photograph())
    with studio.scripted(generates=False):
        said = studio.play("artist.state")
    assert (said["generate"], said["remove"]) == (False, True)
    assert "needs a model" in said["lacks"]


def test_a_wrong_token_is_said(studio: Studio, easel: Easel) -> None:
    easel.open(photograph())
    assert studio.daemon is not None
    studio.play("connecting.use_daemon_in_vain", address=studio.daemon.address, token="wrong")
    said = studio.play("connecting.connection")
    kept = next(studio.desktop.home.rglob("sfumato.json"))
    stored, mode = kept.read_text(), stat.S_IMODE(kept.stat().st_mode)
    studio.play("connecting.use_daemon", address="", token="")
    assert "token" in said["sentence"]
    assert "wrong" in stored
    assert mode == 0o600
    assert "wrong" not in (studio.desktop.home / ".config/kritarc").read_text()


def test_values_above_one_are_named(studio: Studio, easel: Easel, daemon: ScriptedDaemon) -> None:
    easel.open(photograph(), ("RGBA", "F32", "sRGB-elle-V2-g10.icc"))
    easel.select(box(120, 200, 80, 120))
    studio.play("paper.brighten")
    assert "Values above 1.0 were clipped" in studio.remove()["notices"]


def test_colours_outside_srgb_are_named(
    studio: Studio, easel: Easel, daemon: ScriptedDaemon
) -> None:
    easel.open(photograph(), ("RGBA", "U16", "Rec2020-elle-V4-g10.icc"))
    easel.select(box(120, 200, 80, 120))
    studio.play("paper.brighten")
    assert "outside sRGB" in studio.remove()["notices"]


@pytest.mark.parametrize(("ahead", "side"), [(1, "the plugin"), (-1, "the daemon")])
def test_a_daemon_of_another_version_is_said(
    studio: Studio, easel: Easel, ahead: int, side: str
) -> None:
    easel.open(photograph())
    with ScriptedDaemon(ahead=ahead) as daemon:
        studio.play("connecting.use_daemon_in_vain", address=daemon.address, token="any")
        said = studio.play("connecting.connection")
        buttons = studio.play("artist.state")
    studio.play("connecting.use_daemon", address="", token="")
    assert "protocol" in said["sentence"]
    assert f"Update {side}" in said["sentence"]
    assert not buttons["generate"] and not buttons["remove"]


def test_a_failing_engine_is_said_and_leaves_nothing(studio: Studio, easel: Easel) -> None:
    with studio.scripted(failure="The engine ran out of memory. Try a smaller area.") as daemon:
        prepared(studio, easel)
        tree = easel.layers()
        said = generate(studio)
    assert said["message"] == "The engine ran out of memory. Try a smaller area."
    assert easel.layers() == tree
    assert not said["anyway"]
    assert daemon.edits[0].variations == 0
