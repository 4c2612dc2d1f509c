"""The plug-in in the real GIMP, without windows, against the real daemon."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sfumato.imaging.mask import soft_mask
from sfumato_client import Bounds, Endpoint, Extent, Layer, Raster, Samples
from sfumato_client.wire import jobs_pb2
from tests.editors.desktop import Desktop
from tests.editors.gimp import Gimp
from tests.editors.gimp_documents import Answer, Document, MadeLayer, as_float, on_canvas
from tests.editors.gimp_jobs import end_of, next_running_job
from tests.editors.gimp_package import pack
from tests.editors.reference import (
    SEED,
    Reference,
    assert_alike,
    hard_selection,
    photograph,
    references,
    soft_selection,
    through_the_client,
)
from tests.editors.scripted_daemon import COLORS, TOKEN, ScriptedDaemon
from tests.support.daemon import Daemon, running_daemon

Plane = NDArray[np.uint8]
HEIGHT, WIDTH = photograph().shape[:2]
EXTENT = Extent(WIDTH, HEIGHT)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with running_daemon(tmp_path_factory.mktemp("state")) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def gimp(desktop: Desktop, daemon: Daemon) -> Iterator[Gimp]:
    environ = {"SFUMATO_ADDRESS": daemon.address, "SFUMATO_TOKEN": daemon.token}
    with Gimp(desktop, pack(desktop.share), environ) as gimp:
        yield gimp


@pytest.fixture
def document(gimp: Gimp) -> Iterator[Document]:
    """A photograph with a hard selection."""
    document = Document(gimp, as_float(photograph()))
    document.select(hard_selection(EXTENT))
    yield document
    document.close()


def connect(gimp: Gimp, address: str = "", token: str = "") -> Answer:
    """Point the plug-in at another daemon, or back at the one it finds by itself."""
    arguments = {"procedure": "connection", "address": address, "token": token}
    return Answer(**gimp.play("edits.run", **arguments))


def border_selection(extent: Extent) -> Plane:
    """Touches the left and the upper border, and has a hard edge elsewhere."""
    plane = np.zeros((extent.height, extent.width), np.uint8)
    plane[:40, :60] = 255
    return plane


@dataclass(frozen=True)
class Case:
    """A kind of document and of selection; ``form`` and ``dtype`` are its own pixels."""

    name: str
    form: str
    dtype: str
    selection: Plane
    base: str = "RGB"
    precision: str = "U8_NON_LINEAR"
    profile: str = ""
    rounding: float = 0.0
    """What GIMP's own blending of 32-bit gray may change by, where nothing is covered."""


HARD, SOFT, BORDER = hard_selection(EXTENT), soft_selection(EXTENT), border_selection(EXTENT)
CASES = (
    Case("8 bit, hard", "R'G'B'A u8", "u1", HARD),
    Case("8 bit, soft", "R'G'B'A u8", "u1", SOFT),
    Case("8 bit, at the border", "R'G'B'A u8", "u1", BORDER),
    Case("8 bit linear", "RGBA u8", "u1", HARD, precision="U8_LINEAR"),
    Case("16 bit, soft", "R'G'B'A u16", "<u2", SOFT, precision="U16_NON_LINEAR"),
    Case("half float", "RGBA half", "<f2", HARD, precision="HALF_LINEAR"),
    Case("float", "R'G'B'A float", "<f4", HARD, precision="FLOAT_NON_LINEAR"),
    Case("float linear, soft", "RGBA float", "<f4", SOFT, precision="FLOAT_LINEAR"),
    Case("gray", "Y'A u8", "u1", HARD, base="GRAY"),
    Case("gray, 16 bit, soft", "Y'A u16", "<u2", SOFT, base="GRAY", precision="U16_NON_LINEAR"),
    Case("gray, float", "Y'A float", "<f4", HARD, "GRAY", "FLOAT_NON_LINEAR", rounding=1e-6),
    Case("wide gamut", "R'G'B'A u8", "u1", HARD, profile="adobe"),
    Case("wide gamut, 16 bit", "R'G'B'A u16", "<u2", HARD, "RGB", "U16_NON_LINEAR", "adobe"),
)


def expected_mask(selection: Plane, layer: MadeLayer) -> Plane:
    """The reference M over the whole canvas, with the softness that was used."""
    used = layer.record["parameters"]
    return soft_mask(selection, used.get("grow", 0.0), used.get("feather", 0.0))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_removal_changes_what_the_mask_covers_and_nothing_else(gimp: Gimp, case: Case) -> None:
    picture = as_float(photograph())
    document = Document(
        gimp, picture, base=case.base, precision=case.precision, profile=case.profile
    )
    document.select(case.selection)
    before, state = document.seen(case.form, case.dtype), document.play("state")
    selected = document.selection()

    answer = document.run("remove", seed=1)

    assert (answer.status, answer.sentence) == ("success", "")
    layer = document.made(answer.layer)
    reference = expected_mask(selected, layer)
    mask = on_canvas(layer, reference.shape)
    assert np.abs(mask.astype(int) - reference).max() <= 1
    after = document.seen(case.form, case.dtype)
    untouched = mask == 0
    assert np.abs(after[untouched].astype(float) - before[untouched]).max() <= case.rounding
    if not case.rounding:
        assert after[untouched].tobytes() == before[untouched].tobytes()
    assert (after[mask == 255] != before[mask == 255]).any()
    assert document.selection().tobytes() == selected.tobytes() == case.selection.tobytes()
    assert answer.layer == "Remove 1"
    expected = {**state, "dirty": True, "stack": ["Remove 1", "paper"]}
    assert document.play("state") == expected
    document.close()


@pytest.mark.parametrize("reference", references(), ids=lambda reference: reference.name)
def test_gimp_and_the_client_alone_make_the_same_layer(
    gimp: Gimp, daemon: Daemon, reference: Reference
) -> None:
    document = Document(gimp, as_float(reference.picture))
    document.select(reference.selection)
    answer = document.run("remove", seed=SEED)
    layer = document.made(answer.layer)
    color = Raster(layer.bounds.extent, Samples.RGB, 8, layer.color)
    expected = through_the_client(reference, Endpoint(daemon.address, daemon.token))
    assert_alike(Layer(layer.bounds, color, layer.mask.tobytes()), expected)
    document.close()


def test_the_result_lies_directly_above_what_was_looked_at(gimp: Gimp) -> None:
    document = Document(gimp, as_float(photograph()))
    shape = (HEIGHT, WIDTH, 4)
    tint = np.full(shape, (0.9, 0.6, 0.3, 0.5), np.float32)
    lines = np.zeros(shape, np.float32)
    lines[140:144, 150:280] = (0, 0, 0, 1)
    document.add_layer("tint", tint, opacity=60.0)
    document.add_layer("shadow", tint, mode="MULTIPLY")
    document.add_layer("lines", lines)
    document.play("add_filter", name="shadow", operation="gegl:invert-gamma")
    document.select(HARD)
    seen = document.seen("R'G'B'A u8", "u1")
    for name in ("shadow", "lines"):
        document.play("show", name=name, visible=False)
    below = document.seen("R'G'B' u8", "u1")
    for name in ("shadow", "lines"):
        document.play("show", name=name, visible=True)

    answer = document.run("remove", chosen="tint", source="below", seed=1)

    assert answer.status == "success"
    assert document.play("stack") == ["lines", "shadow", "Remove 1", "tint", "paper"]
    layer = document.made(answer.layer)
    mask = on_canvas(layer, shape)
    after = document.seen("R'G'B'A u8", "u1")
    assert after[mask == 0].tobytes() == seen[mask == 0].tobytes()
    # The lines stay in front, and are not part of what was painted behind them.
    assert (after[140:144, 150:280, :3] == 0).all()
    window = np.s_[layer.bounds.y : layer.bounds.bottom, layer.bounds.x : layer.bounds.right]
    color = np.frombuffer(layer.color, np.uint8).reshape(*layer.mask.shape, 3)
    untouched = layer.mask == 0
    assert (color[untouched] == below[window][untouched]).all()
    document.close()


def test_a_group_is_looked_at_alone_and_gets_its_result_above_it(gimp: Gimp) -> None:
    document = Document(gimp, as_float(photograph()))
    document.play("add_group", name="figure")
    alone = np.dstack([np.full((HEIGHT, WIDTH, 3), 0.2), np.ones((HEIGHT, WIDTH))])
    document.add_layer("body", alone.astype(np.float32), group="figure")
    document.select(HARD)
    answer = document.run("remove", chosen="body", source="group", seed=1)
    assert document.play("stack") == ["Remove 1", ["figure", ["body"]], "paper"]
    color = np.frombuffer(document.made(answer.layer).color, np.uint8)
    assert (np.abs(color.astype(int) - 51) <= 1).all()
    document.close()


def test_all_that_is_visible_gets_its_result_on_top(document: Document) -> None:
    document.play("add_group", name="group")
    document.add_layer("inside", np.zeros((HEIGHT, WIDTH, 4), np.float32), group="group")
    answer = document.run("remove", chosen="inside")
    assert answer.status == "success"
    assert document.play("stack") == ["Remove 1", ["group", ["inside"]], "paper"]


def test_a_transparent_picture_keeps_its_transparency(gimp: Gimp) -> None:
    document = Document(gimp, as_float(photograph()))
    document.play("show", name="paper", visible=False)
    cut = np.zeros((HEIGHT, WIDTH, 4), np.float32)
    cut[60:240, 100:330] = (0.3, 0.5, 0.7, 1)
    document.add_layer("cut", cut)
    document.select(HARD)
    before = document.seen("R'G'B'A u8", "u1")
    answer = document.run("remove", seed=1)
    mask = on_canvas(document.made(answer.layer), before.shape)
    after = document.seen("R'G'B'A u8", "u1")
    assert after[mask == 0].tobytes() == before[mask == 0].tobytes()
    document.close()


def test_values_above_white_are_kept_below_the_layer_and_a_notice_says_so(gimp: Gimp) -> None:
    document = Document(gimp, 1.5 * as_float(photograph()), precision="FLOAT_LINEAR")
    document.select(HARD)
    before = document.seen("RGBA float", "<f4")
    assert before.max() > 1
    answer = document.run("remove", seed=1)
    mask = on_canvas(document.made(answer.layer), before.shape)
    after = document.seen("RGBA float", "<f4")
    assert after[mask == 0].tobytes() == before[mask == 0].tobytes()
    assert "brighter than white" in gimp.log
    document.close()


def test_a_scattered_selection_becomes_one_layer_with_all_its_parts(gimp: Gimp) -> None:
    wide = np.tile(photograph(), (4, 4, 1))
    height, width = wide.shape[:2]
    document = Document(gimp, as_float(wide))
    selection = np.zeros((height, width), np.uint8)
    for y, x in ((30, 40), (900, 1500), (1100, 300)):
        selection[y : y + 12, x : x + 16] = 255
    document.select(selection)
    before = document.seen("R'G'B'A u8", "u1")
    answer = document.run("remove", seed=1)
    layer = document.made(answer.layer)
    mask = on_canvas(layer, before.shape)
    assert np.abs(mask.astype(int) - expected_mask(selection, layer)).max() <= 1
    after = document.seen("R'G'B'A u8", "u1")
    assert after[mask == 0].tobytes() == before[mask == 0].tobytes()
    document.close()


@pytest.mark.parametrize("context", ["double", "whole"])
def test_how_much_is_looked_at_is_the_artists_to_say(
    gimp: Gimp, document: Document, context: str
) -> None:
    """Two pieces far apart: each from close by, or both with all there is."""
    selection = np.zeros((HEIGHT, WIDTH), np.uint8)
    selection[30:50, 40:64] = selection[230:250, 380:400] = 255
    document.select(selection)
    before = document.seen("R'G'B'A u8", "u1")
    with ScriptedDaemon() as paper:
        connect(gimp, paper.address, TOKEN)
        answer = document.run("remove", context=context)
    connect(gimp)
    regions = paper.edits[0].header.regions.regions
    windows = [Bounds(w.x, w.y, w.width, w.height) for w in (r.window for r in regions)]
    if context == "whole":
        assert windows == [Bounds(0, 0, WIDTH, HEIGHT)]
    else:
        assert len(windows) == 2
        assert not windows[0].intersection(windows[1]).area
        # The piece with its softness and 32 px, the least, on each side.
        assert all(max(window.extent) <= 24 + 2 * 8 + 2 * 32 for window in windows)
    layer = document.made(answer.layer)
    mask = on_canvas(layer, before.shape)
    assert np.abs(mask.astype(int) - expected_mask(selection, layer)).max() <= 1
    after = document.seen("R'G'B'A u8", "u1")
    assert after[mask == 0].tobytes() == before[mask == 0].tobytes()
    assert (after[mask == 255][:, :3] == COLORS[0]).all()


def test_a_large_window_is_rendered_in_parts_and_read_as_one(gimp: Gimp) -> None:
    large = np.tile(photograph(), (6, 4, 1))
    large[::7] //= 2
    document = Document(gimp, as_float(large))
    selection = np.zeros(large.shape[:2], np.uint8)
    selection[600:900, 500:900] = 255
    document.select(selection)
    state = document.play("state")
    with ScriptedDaemon() as paper:
        connect(gimp, paper.address, TOKEN)
        answer = document.run("remove", context="whole")
    connect(gimp)
    [region] = paper.edits[0].header.regions.regions
    assert (region.window.width, region.window.height) == large.shape[1::-1]
    assert paper.edits[0].planes[region.picture] == large.tobytes()
    assert document.play("state") == {**state, "dirty": True, "stack": [answer.layer, "paper"]}
    document.close()


def test_explicit_softness_wins_over_the_selections_own(document: Document) -> None:
    answer = document.run("remove", grow=2.0, feather=20.0)
    layer = document.made(answer.layer)
    used = layer.record["parameters"]
    assert (used["grow"], used["feather"]) == (2.0, 20.0)
    mask = on_canvas(layer, (HEIGHT, WIDTH))
    assert np.abs(mask.astype(int) - soft_mask(HARD, 2, 20)).max() <= 1


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
    with running_daemon(tmp_path, SFUMATO_RETENTION__BYTES="0") as forgetful:
        connect(gimp, forgetful.address, forgetful.token)
        first = document.made(document.run("remove", seed=3, feather=0.0, grow=0.0).layer)
        again = document.made(document.run("repeat", seed=3).layer)
    connect(gimp)
    assert (again.bounds, again.color) == (first.bounds, first.color)
    assert again.mask.tobytes() == first.mask.tobytes()


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


def test_the_layer_reaches_beyond_the_selection_but_not_over_the_whole_picture(
    document: Document,
) -> None:
    layer = document.made(document.run("remove").layer)
    canvas = Bounds(0, 0, WIDTH, HEIGHT)
    assert canvas.contains(layer.bounds)
    y, x = np.nonzero(HARD)
    selected = Bounds.between(int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1)
    assert layer.bounds.contains(selected)
    assert layer.bounds.area < canvas.area


def test_refusals_are_sentences_and_leave_no_trace(gimp: Gimp, document: Document) -> None:
    document.play("add_group", name="group")
    document.add_layer("inside", np.zeros((HEIGHT, WIDTH, 4), np.float32), group="group")
    document.play("lock", name="group", locked=True)
    state = document.play("state")
    locked = document.run("remove", chosen="inside", source="below")
    loose = document.run("remove", chosen="paper", source="group")
    words = document.run("inpaint", prompt="a red jacket")
    nothing = document.run("repeat")
    document.select(None)
    empty = document.run("remove")
    answers = (locked, loose, words, nothing, empty)
    assert {answer.status for answer in answers} == {"execution-error"}
    assert 'The group "group" is locked' in locked.sentence
    assert '"paper" is in no group' in loose.sentence
    assert "model" in words.sentence
    assert "no edit to repeat" in nothing.sentence
    assert "Nothing is selected" in empty.sentence
    assert document.play("state") == state


@pytest.mark.parametrize(
    ("change", "says"), [("index", "indexed colors"), ("float", "floating selection")]
)
def test_pictures_that_cannot_be_worked_on_are_refused(
    document: Document, change: str, says: str
) -> None:
    document.play("change", what=change)
    answer = document.run("remove")
    assert answer.status == "execution-error"
    assert says in answer.sentence


def test_a_daemon_that_cannot_be_used_is_named_in_a_sentence(
    gimp: Gimp, document: Document, daemon: Daemon
) -> None:
    state = document.play("state")
    away = connect(gimp, "127.0.0.1:9", "no-matter")
    still_away = document.run("remove")
    stranger = connect(gimp, daemon.address, "not-its-token")
    garbled = connect(gimp, "nowhere")
    home = connect(gimp)
    assert (home.status, document.play("state")) == ("success", state)
    assert {away.status, still_away.status, stranger.status, garbled.status} == {"execution-error"}
    assert "127.0.0.1:9" in away.sentence
    assert still_away.sentence == away.sentence
    assert "token" in stranger.sentence
    assert "host:port" in garbled.sentence


@pytest.mark.parametrize(("ahead", "side"), [(1, "the plugin"), (-1, "the daemon")])
def test_a_daemon_of_another_version_is_said(
    gimp: Gimp, document: Document, ahead: int, side: str
) -> None:
    state = document.play("state")
    with ScriptedDaemon(ahead=ahead) as other:
        connected = connect(gimp, other.address, TOKEN)
        answer = document.run("remove")
    connect(gimp)
    assert {connected.status, answer.status} == {"execution-error"}
    assert "protocol" in answer.sentence
    assert f"Update {side}" in answer.sentence
    assert document.play("state") == state


def test_a_failing_engine_is_said_and_leaves_nothing(gimp: Gimp, document: Document) -> None:
    state = document.play("state")
    sentence = "The engine ran out of memory. Try a smaller area."
    with ScriptedDaemon(failure=sentence) as failing:
        connect(gimp, failing.address, TOKEN)
        answer = document.run("inpaint", prompt="a red jacket")
    connect(gimp)
    assert (answer.status, answer.sentence) == ("execution-error", sentence)
    assert document.play("state") == state
    assert failing.edits[0].variations == 0


def test_killing_the_plug_in_stops_the_engine(gimp: Gimp, daemon: Daemon) -> None:
    # GIMP's own Cancel kills plug-ins. A hole this large keeps the engine busy for long.
    large = np.tile(photograph(), (5, 4, 1))
    document = Document(gimp, as_float(large))
    selection = np.zeros(large.shape[:2], np.uint8)
    selection[200:1200, 300:1500] = 255
    document.select(selection)
    signal = gimp.share / "kill"
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(
            gimp.play,
            "edits.run_and_kill",
            script=str(gimp.plug_in),
            signal_file=str(signal),
            procedure="remove",
            image=document.id,
        )
        job = next_running_job(daemon)
        signal.touch()
        assert answer.result(60)["status"] != "success"
    assert end_of(daemon, job) == jobs_pb2.JOB_STATE_CANCELLED
    assert document.play("stack") == ["paper"]
    # The engine is free at once for what comes next.
    selection[210:, :] = 0
    document.select(selection)
    assert document.run("remove").status == "success"
    document.close()


def test_the_public_names_are_in_the_menus(gimp: Gimp) -> None:
    found = gimp.play("edits.procedures")
    assert {
        name.removeprefix("plug-in-sfumato-"): each["label"] for name, each in found.items()
    } == {
        "inpaint": "_Inpaint...",
        "remove": "_Remove Selection",
        "outpaint": "E_xtend Canvas...",
        "select": "_Select...",
        "repeat": "Repeat _Last",
        "connection": "_Connection...",
    }
    assert all(each["menus"] == ["<Image>/Filters/Sfumato"] for each in found.values())
