"""The plug-in in the real GIMP as artists use it: keys, dialogs, the window with the results."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import grpc
import numpy as np
import pytest
from PIL import Image

from sfumato.service.capabilities import models
from sfumato_client import Extent, OnDisconnect
from sfumato_client.wire import jobs_pb2
from sfumato_client.wire.inpainting_pb2 import InpaintEvent, InpaintRequest
from tests.editors.desktop import Desktop
from tests.editors.gimp import Gimp
from tests.editors.gimp_documents import Document, as_float
from tests.editors.gimp_hands import GIMP, PATIENCE_S, Hands, until
from tests.editors.gimp_package import pack
from tests.editors.reference import hard_selection, photograph
from tests.editors.scripted_daemon import TOKEN, ScriptedDaemon
from tests.support.daemon import Daemon, running_daemon

DIALOG = "Sfumato: Inpaint"
WINDOW = "^Sfumato$"
CONNECTION = "Sfumato: Connection"
MESSAGE = "GIMP Message"
EXTEND = "Sfumato: Extend the Canvas"
SELECT = "Sfumato: Select"
CANCEL = (1000, 842)
"""Where GIMP's Cancel stands in its window of 1280x860, as gimp-remove.png shows it."""
MEANT, LEFT_OUT = (220, 250), (100, 320)
"""Places in the small picture of the dialog, as gimp-select.png shows it."""
NOWHERE = "127.0.0.1:9"
PROMPT = "a red jacket"


HARD = hard_selection(Extent(photograph().shape[1], photograph().shape[0]))


class AttentiveDaemon(ScriptedDaemon):
    """Knows when a client has left: the job of such a one is to be cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.left = threading.Event()

    def Inpaint(  # noqa: N802
        self, requests: Iterator[InpaintRequest], context: grpc.ServicerContext
    ) -> Iterator[InpaintEvent]:
        """As always."""
        context.add_callback(self.left.set)
        return super().Inpaint(requests, context)


@pytest.fixture(scope="module")
def daemon() -> Iterator[AttentiveDaemon]:
    with AttentiveDaemon() as daemon:
        yield daemon


@pytest.fixture(scope="module")
def hands(desktop: Desktop) -> Hands:
    return Hands(desktop)


@pytest.fixture(scope="module")
def gimp(desktop: Desktop, daemon: ScriptedDaemon, hands: Hands) -> Iterator[Gimp]:
    environ = {"SFUMATO_ADDRESS": daemon.address, "SFUMATO_TOKEN": TOKEN}
    with Gimp(desktop, pack(desktop.share), environ, windows=True) as gimp:
        hands.enlarge(GIMP)
        yield gimp


@pytest.fixture
def document(gimp: Gimp, daemon: ScriptedDaemon, hands: Hands) -> Iterator[Document]:
    """A photograph in a window, with a hard selection."""
    document = Document(gimp, as_float(photograph()))
    document.select(HARD)
    document.play("display")
    yield document
    daemon.release()
    if gimp.alive:
        document.play("undisplay")


def ask_for(hands: Hands, variations: int) -> None:
    """Open the dialog, write the prompt and the number of results, and press Generate."""
    hands.invoke("inpaint")
    hands.settle(DIALOG)
    prompt = PROMPT.replace(" ", " space ").split(" ")
    letters = " ".join(key if key == "space" else " ".join(key) for key in prompt)
    hands.dismiss(f"alt+p ctrl+a {letters} alt+i ctrl+a {variations} Tab alt+g", DIALOG)


def remembered(gimp: Gimp) -> bool:
    """Whether GIMP has written down the prompt: a procedure does when it ends."""
    folder = gimp.desktop.home / ".config/GIMP/3.0/plug-in-settings"
    return any(PROMPT in file.read_text() for file in folder.glob("*sfumato-inpaint.last"))


def connect(gimp: Gimp, address: str = "", token: str = "") -> None:
    """Point the plug-in at another daemon, or back at the one of the environment."""
    gimp.play("edits.run", procedure="connection", address=address, token=token)


def test_an_artist_asks_compares_inserts_and_takes_it_back(
    gimp: Gimp, document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    state = document.play("state")
    hands.invoke("inpaint")
    hands.show(DIALOG, "gimp-inpaint")
    hands.press("alt+a", DIALOG)
    hands.write(PROMPT, DIALOG)
    hands.press("alt+i", DIALOG)
    hands.write("3\t", DIALOG)
    hands.show(DIALOG, "gimp-advanced")
    daemon.hold()
    hands.press("alt+g", DIALOG)
    hands.see(WINDOW)
    assert daemon.at_work.wait(PATIENCE_S)
    hands.show(WINDOW, "gimp-working")
    daemon.release()
    hands.show(WINDOW, "colors")
    # Until the artist chooses, nothing has happened to the picture.
    assert document.play("state") == state
    hands.press("alt+i", WINDOW)
    until(lambda: document.play("stack") == ["Replace: a red jacket", "paper"], "not inserted")
    hands.press("alt+c", WINDOW)
    hands.miss(WINDOW)
    header = daemon.edits[-1].header
    assert (header.parameters.prompt, header.parameters.variations) == ("a red jacket", 3)
    assert header.on_disconnect == OnDisconnect.ON_DISCONNECT_CANCEL
    hands.press("ctrl+z", GIMP)
    until(lambda: document.play("state") == state, "one undo leaves something behind")
    # Closing the picture ends a procedure that has not come to its end.
    until(lambda: remembered(gimp), "the settings were not kept")


def test_settings_are_remembered_and_one_result_is_inserted_at_once(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    hands.invoke("inpaint")
    hands.settle(DIALOG)
    hands.dismiss("alt+i ctrl+a 1 Tab alt+g", DIALOG)
    until(lambda: document.play("stack") == ["Replace: a red jacket", "paper"], "not inserted")
    hands.miss(WINDOW)
    assert daemon.edits[-1].header.parameters.prompt == "a red jacket"


def test_more_variations_come_from_the_same_input(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    ask_for(hands, 2)
    hands.show(WINDOW, "variations")
    hands.press("alt+m", WINDOW)
    first = str(len(daemon.edits))
    until(lambda: daemon.edits[-1].header.stored_input.job_id == first, "nothing more asked for")
    hands.show(WINDOW, "more-variations")
    hands.press("alt+c", WINDOW)
    hands.miss(WINDOW)
    assert document.play("stack") == ["paper"]


def test_stop_ends_the_job_and_leaves_nothing(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    daemon.hold()
    ask_for(hands, 1)
    hands.see(WINDOW)
    assert daemon.at_work.wait(PATIENCE_S)
    hands.press("alt+s", WINDOW)
    assert daemon.edits[-1].cancel_asked.wait(PATIENCE_S)
    hands.miss(WINDOW)
    assert document.play("stack") == ["paper"]


def test_a_result_waits_when_the_picture_was_cropped_meanwhile(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    daemon.hold()
    ask_for(hands, 1)
    hands.see(WINDOW)
    assert daemon.at_work.wait(PATIENCE_S)
    document.play("change", what="crop")
    daemon.release()
    hands.show(WINDOW, "gimp-changed")
    assert document.play("stack") == ["paper"]
    hands.press("alt+i", WINDOW)
    until(lambda: len(document.play("stack")) == 2, "not inserted after all")
    hands.press("alt+c", WINDOW)
    hands.miss(WINDOW)


def test_a_picture_closed_meanwhile_harms_nobody(
    gimp: Gimp, document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    other = Document(gimp, as_float(photograph()))
    other.select(HARD)
    other.play("display")
    daemon.hold()
    ask_for(hands, 1)
    hands.see(WINDOW)
    assert daemon.at_work.wait(PATIENCE_S)
    other.play("undisplay")
    daemon.release()
    hands.show(WINDOW, "closed")
    hands.press("alt+i", WINDOW)
    hands.press("alt+c", WINDOW)
    hands.miss(WINDOW)
    assert document.play("stack") == ["paper"]


def test_a_picture_closed_just_after_its_result_came_harms_nobody(
    gimp: Gimp, hands: Hands, daemon: ScriptedDaemon
) -> None:
    """GIMP holds what a plug-in answered until its process has ended, which takes a moment."""
    for wait in np.linspace(0.0, 0.16, 5):
        document = Document(gimp, as_float(photograph()))
        document.select(HARD)
        document.play("display")
        daemon.hold()
        hands.invoke("remove")
        assert daemon.at_work.wait(PATIENCE_S)
        daemon.release()
        document.play("undisplay_once", layers=2, wait=float(wait))
    # Nor was the plug-in still busy with what it had put into the picture.
    assert "Plug-in crashed" not in gimp.log


def test_remove_asks_nothing_and_repeat_sends_no_pixels(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    daemon.hold()
    hands.invoke("remove")
    assert daemon.at_work.wait(PATIENCE_S)
    hands.show(GIMP, "gimp-remove")
    daemon.release()
    until(lambda: document.play("stack") == ["Remove 1", "paper"], "not inserted")
    hands.invoke("repeat")
    until(lambda: document.play("stack") == ["Remove 2", "Remove 1", "paper"], "not repeated")
    assert daemon.edits[-1].header.stored_input.job_id
    assert not daemon.edits[-1].header.planes


@pytest.mark.parametrize(
    "change", ["mirror", "half turn", "quarter turn", "resize", "gray", "16 bit"]
)
def test_a_result_waits_when_the_picture_was_changed_meanwhile(
    gimp: Gimp, hands: Hands, daemon: ScriptedDaemon, change: str
) -> None:
    square = photograph()[:300, :300]
    document = Document(gimp, as_float(square))
    document.select(hard_selection(Extent(300, 300)))
    document.play("display")
    daemon.hold()
    hands.invoke("remove")
    assert daemon.at_work.wait(PATIENCE_S)
    document.play("change", what=change)
    daemon.release()
    hands.see(WINDOW)
    hands.settle(WINDOW)
    assert document.play("stack") == ["paper"]
    hands.press("alt+i", WINDOW)
    until(lambda: len(document.play("stack")) == 2, "not inserted after all")
    hands.press("alt+c", WINDOW)
    hands.miss(WINDOW)
    document.play("undisplay")


def test_a_picture_that_was_painted_on_takes_its_result_at_once(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    daemon.hold()
    hands.invoke("remove")
    assert daemon.at_work.wait(PATIENCE_S)
    document.play("change", what="paint")
    daemon.release()
    until(lambda: document.play("stack") == ["Remove 1", "paper"], "not inserted")


def test_gimps_own_cancel_ends_the_job(
    document: Document, hands: Hands, daemon: AttentiveDaemon
) -> None:
    daemon.hold()
    hands.invoke("remove")
    assert daemon.at_work.wait(PATIENCE_S)
    hands.settle(GIMP)
    daemon.left.clear()
    hands.click(*CANCEL, GIMP)
    assert daemon.left.wait(PATIENCE_S)
    daemon.release()
    assert daemon.edits[-1].header.on_disconnect == OnDisconnect.ON_DISCONNECT_CANCEL
    assert document.play("stack") == ["paper"]


def test_the_canvas_is_extended_and_one_undo_takes_it_back(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    lines = np.zeros((document.height, document.width, 4), np.float32)
    lines[100:104, 50:350] = (0, 0, 0, 1)
    document.add_layer("lines", lines)
    document.play("guide", across=[50, 120], down=[200])
    state, geometry = document.play("state"), document.play("geometry")
    seen, selected = document.seen("R'G'B' u8", "u1"), document.selection()
    hands.invoke("outpaint")
    hands.settle(EXTEND)
    hands.press("alt+e ctrl+a 8 0 Tab", EXTEND)
    hands.press("alt+g ctrl+a 4 0 Tab", EXTEND)
    hands.show(EXTEND, "gimp-outpaint")
    hands.dismiss("alt+x", EXTEND)
    until(lambda: len(document.play("stack")) == 3, "not inserted")
    now = document.play("geometry")
    assert now["size"] == [document.width + 120, document.height]
    assert now["layers"]["lines"][:2] == [80, 0]
    assert [False, 280] in now["guides"]
    hands.press("ctrl+z", GIMP)
    until(lambda: document.play("geometry") == geometry, "one undo leaves something behind")
    assert document.play("state") == state
    assert document.seen("R'G'B' u8", "u1").tobytes() == seen.tobytes()
    assert document.selection().tobytes() == selected.tobytes()


def test_what_is_found_becomes_the_selection_and_one_undo_takes_it_back(
    gimp: Gimp, document: Document, hands: Hands, tmp_path: Path
) -> None:
    drawn, state = document.selection(), document.play("state")
    with running_daemon(tmp_path) as real:
        connect(gimp, real.address, real.token)
        hands.invoke("select")
        hands.show(SELECT, "gimp-select-box")
        # The second of the list: at a point, which is clicked into the small picture.
        hands.press("alt+f Down", SELECT)
        hands.settle(SELECT)
        hands.click(*MEANT, SELECT)
        hands.click(*LEFT_OUT, SELECT, button=3)
        hands.show(SELECT, "gimp-select")
        # A click on a mark takes it away.
        hands.click(*LEFT_OUT, SELECT)
        hands.settle(SELECT)
        hands.dismiss("alt+t", SELECT)
        until(lambda: document.selection().tobytes() != drawn.tobytes(), "nothing was selected")
    connect(gimp)
    assert document.play("state") == {**state, "dirty": True}
    hands.press("ctrl+z", GIMP)
    until(lambda: document.selection().tobytes() == drawn.tobytes(), "undo leaves the answer")
    assert document.play("state") == state


def test_several_results_of_a_repetition_wait_for_a_choice(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    document.run("remove", variations=2)
    hands.invoke("repeat")
    hands.show(WINDOW, "repeated")
    assert len(document.play("stack")) == 3
    hands.press("alt+i", WINDOW)
    until(lambda: len(document.play("stack")) == 4, "not inserted")
    hands.press("alt+c", WINDOW)
    hands.miss(WINDOW)


def test_without_a_model_the_dialog_says_so_and_only_removes(
    gimp: Gimp, document: Document, hands: Hands
) -> None:
    with ScriptedDaemon(generates=False) as plain:
        connect(gimp, plain.address, TOKEN)
        hands.invoke("inpaint")
        hands.show(DIALOG, "gimp-no-model")
        # The remembered prompt stands there: there is nothing to be had with it.
        hands.press("alt+g", DIALOG)
        hands.press("alt+p", DIALOG)
        hands.press("ctrl+a", DIALOG)
        hands.press("BackSpace", DIALOG)
        hands.press("alt+v", DIALOG)
        until(lambda: len(document.play("stack")) == 2, "not removed")
        assert not plain.edits[-1].header.parameters.prompt
        assert len(plain.edits) == 1
    connect(gimp)


def test_the_real_daemons_variations_wait_for_a_choice(
    gimp: Gimp, document: Document, hands: Hands, tmp_path: Path
) -> None:
    examples = Path(__file__).parents[2] / "examples"
    with Image.open(examples / "photograph.png") as photograph:
        example = Document(gimp, as_float(np.asarray(photograph)))
    with Image.open(examples / "selection.png") as selection:
        example.select(np.asarray(selection.convert("L")))
    example.play("display")
    with running_daemon(tmp_path) as real:
        connect(gimp, real.address, real.token)
        hands.invoke("inpaint")
        hands.press("ctrl+a", DIALOG)
        hands.press("BackSpace", DIALOG)
        hands.press("alt+i", DIALOG)
        hands.press("ctrl+a", DIALOG)
        hands.write("3\t", DIALOG)
        hands.press("alt+v", DIALOG)
        hands.see(WINDOW)
        until(lambda: states(real) == [jobs_pb2.JOB_STATE_DONE], "the job was not done")
        hands.show(WINDOW, "gimp-variations")
        hands.press("alt+i", WINDOW)
        until(lambda: example.play("stack") == ["Remove 1", "paper"], "not inserted")
        hands.press("alt+c", WINDOW)
        hands.miss(WINDOW)
    connect(gimp)
    example.play("undisplay")


def states(daemon: Daemon) -> list[int]:
    """The states of all its jobs."""
    with daemon.stub() as stub:
        request = jobs_pb2.ListJobsRequest()
        reply = stub.ListJobs(request, metadata=daemon.metadata, timeout=PATIENCE_S)
    return [int(job.state) for job in reply.jobs]


def test_choosing_a_preset_fills_in_its_values(
    document: Document, hands: Hands, daemon: ScriptedDaemon
) -> None:
    names = [preset.name for preset in models(daemon.catalogue).presets]
    hands.invoke("inpaint")
    hands.settle(DIALOG)
    hands.press("alt+p ctrl+a b o a t alt+i ctrl+a 1 Tab", DIALOG)
    hands.press(f"alt+e{' Down' * (1 + names.index('refine'))}", DIALOG)
    hands.press("alt+w", DIALOG)
    hands.show(DIALOG, "gimp-preset")
    hands.dismiss("alt+g", DIALOG)
    until(lambda: document.play("stack") == ["Replace: boat", "paper"], "not inserted")
    asked = daemon.edits[-1].header.parameters
    assert (asked.preset, asked.steps, asked.feather) == ("refine", 32, 16)
    assert asked.strength == pytest.approx(0.4)
    assert asked.enhance_prompt


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


def test_a_missing_daemon_is_started_on_request(
    gimp: Gimp, document: Document, hands: Hands, desktop: Desktop
) -> None:
    command = desktop.home / ".local/bin/sfumato"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\necho "$@" > {gimp.share}/started\nexec sleep 60\n')
    command.chmod(0o755)
    connect(gimp, NOWHERE)
    hands.invoke("remove")
    hands.show(CONNECTION, "gimp-connection")
    hands.press("alt+s", CONNECTION)
    until((gimp.share / "started").exists, "no daemon was started")
    until(lambda: document.play("stack") == ["Remove 1", "paper"], "no removal afterwards")
    assert (gimp.share / "started").read_text() == "serve\n"


def test_closing_gimp_ends_its_job(
    gimp: Gimp, document: Document, hands: Hands, daemon: AttentiveDaemon
) -> None:
    daemon.hold()
    hands.invoke("remove")
    assert daemon.at_work.wait(PATIENCE_S)
    daemon.left.clear()
    gimp.kill()
    assert daemon.left.wait(PATIENCE_S)
