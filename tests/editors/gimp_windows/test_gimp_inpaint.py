"""Inpaint with windows: the dialog, the results to choose from, and taking them back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sfumato.service.capabilities import models
from sfumato_client import OnDisconnect
from sfumato_client.wire import jobs_pb2
from sfumato_client.wire.parameters_pb2 import MaskedContent
from tests.editors.gimp import Gimp
from tests.editors.gimp_daemons import connected, states
from tests.editors.gimp_dialogs import INPAINT, MESSAGE, PROMPT, RESULTS, ask_for
from tests.editors.gimp_documents import Document, as_float
from tests.editors.gimp_hands import GIMP, PATIENCE_S, Hands, until
from tests.editors.gimp_subjects import HARD
from tests.editors.reference import photograph
from tests.editors.scripted_daemon import TOKEN, ScriptedDaemon
from tests.support.daemon import running_daemon

THUMBNAILS, THUMBNAILS_Y = (70, 190, 307, 425), 510
"""Where the small pictures stand in the window of the results: before, and three of them."""
MIDDLE = 220, 250
"""A place (row, column) in the large picture above them, in the selection."""


def test_an_artist_asks_compares_inserts_and_takes_it_back(
    gimp: Gimp, document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    state = document.play("state")
    hands.invoke("inpaint")
    hands.show(INPAINT, "gimp-inpaint")
    hands.press("alt+a", INPAINT)
    hands.write(PROMPT, INPAINT)
    hands.press("alt+i", INPAINT)
    hands.write("3\t", INPAINT)
    hands.show(INPAINT, "gimp-advanced")
    daemon.hold()
    hands.press("alt+g", INPAINT)
    hands.see(RESULTS)
    assert daemon.at_work.wait(PATIENCE_S)
    hands.show(RESULTS, "gimp-working")
    daemon.release()
    hands.show(RESULTS, "colors")
    # Until the artist chooses, nothing has happened to the picture.
    assert document.play("state") == state
    hands.press("alt+i", RESULTS)
    until(lambda: document.play("stack") == ["Replace: a red jacket", "paper"], "not inserted")
    hands.press("alt+c", RESULTS)
    hands.miss(RESULTS)
    header = daemon.edits[-1].header
    assert (header.parameters.prompt, header.parameters.variations) == ("a red jacket", 3)
    assert header.on_disconnect == OnDisconnect.ON_DISCONNECT_CANCEL
    hands.press("ctrl+z", GIMP)
    until(lambda: document.play("state") == state, "one undo leaves something behind")
    # Closing the picture ends a procedure that has not come to its end.
    until(lambda: remembered(gimp), "the settings were not kept")


def remembered(gimp: Gimp) -> bool:
    """Whether GIMP has written down the prompt: a procedure does when it ends."""
    folder = gimp.desktop.home / ".config/GIMP/3.0/plug-in-settings"
    return any(PROMPT in file.read_text() for file in folder.glob("*sfumato-inpaint.last"))


def test_results_are_compared_by_pointing_and_inserted_one_by_one(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    ask_for(hands, 3)
    hands.show(RESULTS, "to-compare")
    seen = []
    for x in THUMBNAILS:
        hands.point(x, THUMBNAILS_Y, RESULTS)
        with Image.open(hands.show(RESULTS, "compared")) as shot:
            seen.append(np.asarray(shot.convert("RGB"))[MIDDLE])
    before, *results = seen
    # The daemon paints its results in red, green and blue.
    assert [int(color.argmax()) for color in results] == [0, 1, 2]
    assert all(np.abs(before.astype(int) - color).max() > 60 for color in results)
    for count, x in enumerate(THUMBNAILS[2:], start=2):
        hands.click(x, THUMBNAILS_Y, RESULTS)
        hands.press("alt+i", RESULTS)
        until(lambda count=count: len(document.play("stack")) == count, "not inserted")
    hands.press("alt+c", RESULTS)
    hands.miss(RESULTS)
    names = document.play("stack")[:-1]
    assert [document.made(name).record["seed"] for name in names] == [9, 8]


def test_settings_are_remembered_and_one_result_is_inserted_at_once(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    ask_for(hands, 1)
    until(lambda: document.play("stack") == ["Replace: a red jacket", "paper"], "not inserted")
    hands.miss(RESULTS)
    hands.invoke("inpaint")
    hands.settle(INPAINT)
    hands.dismiss("alt+g", INPAINT)
    until(lambda: len(document.play("stack")) == 3, "not inserted again")
    assert daemon.edits[-1].header.parameters.prompt == "a red jacket"


def test_more_variations_come_from_the_same_input(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    ask_for(hands, 2)
    hands.show(RESULTS, "variations")
    first = str(len(daemon.edits))
    hands.press("alt+m", RESULTS)
    until(lambda: daemon.edits[-1].header.stored_input.job_id == first, "nothing more asked for")
    hands.show(RESULTS, "more-variations")
    hands.press("alt+c", RESULTS)
    hands.miss(RESULTS)
    assert document.play("stack") == ["paper"]


def test_without_a_model_the_dialog_says_so_and_only_removes(
    gimp: Gimp, document: Document, hands: Hands
) -> None:
    with ScriptedDaemon(generates=False) as plain, connected(gimp, plain.address, TOKEN):
        hands.invoke("inpaint")
        hands.show(INPAINT, "gimp-no-model")
        hands.press("alt+p", INPAINT)
        hands.write(PROMPT, INPAINT)
        # There is nothing to be had with a prompt.
        hands.press("alt+g", INPAINT)
        hands.press("alt+p", INPAINT)
        hands.press("ctrl+a", INPAINT)
        hands.press("BackSpace", INPAINT)
        hands.press("alt+v", INPAINT)
        until(lambda: len(document.play("stack")) == 2, "not removed")
        assert not plain.edits[-1].header.parameters.prompt
        assert len(plain.edits) == 1


def test_the_real_daemons_variations_wait_for_a_choice(
    gimp: Gimp, document: Document, hands: Hands, tmp_path: Path
) -> None:
    examples = Path(__file__).parents[3] / "examples"
    with Image.open(examples / "photograph.png") as picture:
        example = Document(gimp, as_float(np.asarray(picture)))
    with Image.open(examples / "selection.png") as selection:
        example.select(np.asarray(selection.convert("L")))
    example.play("display")
    with running_daemon(tmp_path) as real, connected(gimp, real.address, real.token):
        hands.invoke("inpaint")
        hands.press("ctrl+a", INPAINT)
        hands.press("BackSpace", INPAINT)
        hands.press("alt+i", INPAINT)
        hands.press("ctrl+a", INPAINT)
        hands.write("3\t", INPAINT)
        hands.press("alt+v", INPAINT)
        hands.see(RESULTS)
        until(lambda: states(real) == [jobs_pb2.JOB_STATE_DONE], "the job was not done")
        hands.show(RESULTS, "gimp-variations")
        hands.press("alt+i", RESULTS)
        until(lambda: example.play("stack") == ["Remove 1", "paper"], "not inserted")
        hands.press("alt+c", RESULTS)
        hands.miss(RESULTS)
    example.play("undisplay")


def test_choosing_a_preset_fills_in_its_values(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    names = [preset.name for preset in models(daemon.catalogue).presets]
    hands.invoke("inpaint")
    hands.settle(INPAINT)
    hands.press("alt+p ctrl+a b o a t alt+i ctrl+a 1 Tab", INPAINT)
    hands.press(f"alt+e{' Down' * (1 + names.index('refine'))}", INPAINT)
    hands.press("alt+w", INPAINT)
    hands.show(INPAINT, "gimp-preset")
    hands.dismiss("alt+g", INPAINT)
    until(lambda: document.play("stack") == ["Replace: boat", "paper"], "not inserted")
    asked = daemon.edits[-1].header.parameters
    assert (asked.preset, asked.steps, asked.feather) == ("refine", 32, 16)
    assert asked.strength == pytest.approx(0.4)
    assert asked.masked_content == MaskedContent.MASKED_CONTENT_ORIGINAL
    assert asked.enhance_prompt


def test_what_is_remembered_of_a_model_does_not_keep_fill_from_removing(
    gimp: Gimp, document: Document, hands: Hands, daemon: ScriptedDaemon, tmp_path: Path
) -> None:
    names = [preset.name for preset in models(daemon.catalogue).presets]
    hands.invoke("inpaint")
    hands.settle(INPAINT)
    hands.press("alt+p ctrl+a b o a t alt+i ctrl+a 1 Tab", INPAINT)
    hands.press(f"alt+e Home{' Down' * (1 + names.index('refine'))}", INPAINT)
    hands.press("alt+a", INPAINT)
    hands.settle(INPAINT)
    hands.press("alt+m Tab ctrl+a r a i n", INPAINT)
    hands.show(INPAINT, "remembered")
    hands.dismiss("alt+g", INPAINT)
    until(lambda: document.play("stack") == ["Replace: boat", "paper"], "not inserted")
    asked = daemon.edits[-1].header.parameters
    assert (asked.negative_prompt, asked.steps) == ("rain", 32)
    with running_daemon(tmp_path) as real, connected(gimp, real.address, real.token):
        hands.invoke("inpaint")
        hands.settle(INPAINT)
        hands.press("alt+p ctrl+a BackSpace", INPAINT)
        hands.show(INPAINT, "removing")
        hands.dismiss("alt+v", INPAINT)
        until(lambda: len(document.play("stack")) == 3, "not removed")
        assert states(real) == [jobs_pb2.JOB_STATE_DONE]


def test_what_cannot_be_kept_is_said_though_the_result_is_inserted_at_once(
    gimp: Gimp, hands: Hands, daemon: ScriptedDaemon
) -> None:
    bright = Document(gimp, 1.5 * as_float(photograph()), precision="FLOAT_LINEAR")
    bright.select(HARD)
    bright.play("display")
    ask_for(hands, 1)
    until(lambda: len(bright.play("stack")) == 2, "not inserted")
    hands.see(MESSAGE)
    hands.show(MESSAGE, "notice")
    hands.dismiss("Escape", MESSAGE)
    bright.play("undisplay")
