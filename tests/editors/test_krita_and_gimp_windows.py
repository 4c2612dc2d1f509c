"""The same edit in Krita, in GIMP and by the command line: what travels, and what is then seen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from sfumato.imaging.mask import soft_mask
from sfumato_client import Bounds, Extent
from sfumato_client.wire import pixels_pb2
from tests.editors.desktop import Desktop
from tests.editors.gimp import Gimp
from tests.editors.gimp_documents import Document, as_float
from tests.editors.gimp_package import pack
from tests.editors.krita_easel import SRGB, U8, Easel
from tests.editors.krita_studio import Studio
from tests.editors.reference import hard_selection, photograph, soft_selection
from tests.editors.scripted_daemon import TOKEN, ScriptedDaemon, Seen

Plane = NDArray[np.uint8]
HEIGHT, WIDTH = photograph().shape[:2]
EXTENT = Extent(WIDTH, HEIGHT)
HARD, SOFT = hard_selection(EXTENT), soft_selection(EXTENT)
LEVEL = 1.001 / 255
"""What two ways to convert or to blend colours may differ by: a level, and rounding."""
SAMPLES = {
    pixels_pb2.COLOR_MODEL_GRAY: 1,
    pixels_pb2.COLOR_MODEL_GRAY_ALPHA: 2,
    pixels_pb2.COLOR_MODEL_RGB: 3,
    pixels_pb2.COLOR_MODEL_RGBA: 4,
}


def at_the_border() -> Plane:
    plane = np.zeros((HEIGHT, WIDTH), np.uint8)
    plane[:40, :60] = 255
    return plane


@dataclass(frozen=True)
class Case:
    """A kind of document, as each editor names it, and what is selected."""

    name: str
    selection: Plane
    space: tuple[str, str, str] = U8
    in_gimp: dict[str, str] = field(default_factory=dict)
    form: str = "R'G'B'A u8"
    """GIMP's name for the pixels of ``space``, where that is no matter of profiles."""
    layers: bool = False

    @property
    def gray(self) -> bool:
        """Whether the document has no colours."""
        return self.space[0] == "GRAYA"


GRAY, LINEAR_GRAY = "Gray-D50-elle-V2-srgbtrc.icc", "Gray-D50-elle-V2-g10.icc"
DEEP, FLOAT = {"precision": "U16_NON_LINEAR"}, {"precision": "FLOAT_LINEAR"}
CASES = (
    Case("8 bit, hard", HARD),
    Case("8 bit, soft", SOFT),
    Case("8 bit, at the border", at_the_border()),
    Case("8 bit, layers", HARD, layers=True),
    Case("16 bit", SOFT, ("RGBA", "U16", SRGB), DEEP, "R'G'B'A u16"),
    Case("float", SOFT, ("RGBA", "F32", "sRGB-elle-V2-g10.icc"), FLOAT, "RGBA float"),
    Case("gray", SOFT, ("GRAYA", "U8", GRAY), {"base": "GRAY"}, "Y'A u8"),
    Case("gray, 16 bit", SOFT, ("GRAYA", "U16", GRAY), {"base": "GRAY", **DEEP}, "Y'A u16"),
    Case("gray, float", SOFT, ("GRAYA", "F32", LINEAR_GRAY), {"base": "GRAY", **FLOAT}, "YA float"),
    Case(
        "wide gamut, 16 bit",
        HARD,
        ("RGBA", "U16", "ClayRGB-elle-V2-g22.icc"),
        {**DEEP, "profile": "adobe"},
        "",
    ),
)


@pytest.fixture(scope="module")
def gimp(desktop: Desktop) -> Iterator[Gimp]:
    with Gimp(desktop, pack(desktop.share), {}) as gimp:
        yield gimp


@dataclass(frozen=True)
class Sent:
    """One window as it arrived at a daemon; the picture's values are 0 to 255."""

    window: Bounds
    core: Bounds
    picture: NDArray[np.float64]
    selection: Plane
    mask: Plane
    softness: tuple[float, float]


def arrived(seen: Seen) -> list[Sent]:
    header = seen.header
    windows = []
    for region in header.regions.regions:
        window = _bounds(region.window)
        plane = header.planes[region.picture]
        deep = plane.depth == pixels_pb2.DEPTH_U16
        values = np.frombuffer(seen.planes[region.picture], "<u2" if deep else "u1")
        shape = (window.height, window.width)
        picture = values.reshape(*shape, SAMPLES[plane.color_model]) / (257.0 if deep else 1.0)
        softness = (round(header.parameters.grow, 3), round(header.parameters.feather, 3))
        coverage = np.frombuffer(seen.planes[region.selection], np.uint8).reshape(shape)
        # The command line leaves M to the daemon.
        mask = soft_mask(coverage.copy(), header.parameters.grow, header.parameters.feather)
        if region.HasField("mask"):
            mask = np.frombuffer(seen.planes[region.mask], np.uint8).reshape(shape)
        core = _bounds(region.core) if region.HasField("core") else window
        windows.append(Sent(window, core, picture, coverage, mask, softness))
    return windows


def _bounds(told: Any) -> Bounds:
    return Bounds(told.x, told.y, told.width, told.height)


def line_art() -> NDArray[np.float32]:
    """A black bar and nothing else."""
    pixels = np.zeros((HEIGHT, WIDTH, 4), np.float32)
    pixels[HEIGHT // 2 : HEIGHT // 2 + 4] = (0, 0, 0, 1)
    return pixels


@dataclass(frozen=True)
class Shown:
    """What an editor made of the result, in its document's own values, 0 to 1, over the layer."""

    bounds: Bounds
    color: NDArray[np.float64]
    mask: Plane
    composite: NDArray[np.float64]


def painted(case: Case) -> Plane:
    """The picture's colours; of a gray document the same grays, which no editor has to mix."""
    picture = photograph()
    if case.gray:
        picture = np.repeat(picture.mean(2, keepdims=True).astype(np.uint8), 3, 2)
    return picture


def flattened(case: Case) -> Plane:
    """The picture as one would export it."""
    picture = painted(case).copy()
    if case.layers:
        picture[HEIGHT // 2 : HEIGHT // 2 + 4] = 0
    return np.ascontiguousarray(picture[..., 0]) if case.gray else picture


def from_krita(studio: Studio, easel: Easel, case: Case) -> tuple[list[Sent], Shown]:
    easel.open(painted(case), case.space)
    easel.select(case.selection)
    if case.layers:
        studio.play("paper.add_art")
    with studio.scripted() as daemon:
        studio.remove()
    laid = easel.layer("Remove 1")
    bounds = Bounds(*laid.bounds)
    inside = np.s_[bounds.y : bounds.bottom, bounds.x : bounds.right]
    color, composite = (_values(plane)[inside] for plane in (laid.color, easel.pixels()))
    if color.shape[2] == 4 and case.space[1] != "F32":
        color, composite = color[..., [2, 1, 0, 3]], composite[..., [2, 1, 0, 3]]
    return arrived(daemon.edits[0]), Shown(bounds, color, laid.mask[inside], composite)


def from_gimp(gimp: Gimp, case: Case) -> tuple[list[Sent], Shown]:
    document = Document(gimp, as_float(painted(case)), **case.in_gimp)
    if case.layers:
        document.add_layer("line art", line_art())
    document.select(case.selection)
    with ScriptedDaemon() as daemon:
        gimp.play("edits.run", procedure="connection", address=daemon.address, token=TOKEN)
        answer = document.run("remove")
        assert answer.status == "success", answer.sentence
    form = case.form or "R'G'B'A u16"
    dtype = np.dtype({"u8": "u1", "u16": "<u2", "float": "<f4"}[form.split()[1]])
    made = document.made(answer.layer, form)
    bounds = made.bounds
    inside = np.s_[bounds.y : bounds.bottom, bounds.x : bounds.right]
    color = np.frombuffer(made.color, dtype).reshape(*made.mask.shape, -1)
    composite = document.seen(form, dtype.str)[inside]
    document.close()
    return arrived(daemon.edits[0]), Shown(bounds, _values(color), made.mask, _values(composite))


def _values(plane: NDArray[Any]) -> NDArray[np.float64]:
    full = 1.0 if plane.dtype.kind == "f" else float(np.iinfo(plane.dtype).max)
    return plane / full


def from_the_command_line(case: Case, folder: Path) -> list[Sent]:
    picture, mask = folder / "picture.png", folder / "mask.png"
    pixels = flattened(case)
    deep = case.space[1] != "U8"
    picture.write_bytes(imagecodecs.png_encode(pixels.astype("<u2") * 257 if deep else pixels))
    Image.fromarray(case.selection).save(mask)
    with ScriptedDaemon() as daemon:
        where = ["--address", daemon.address, "--token", TOKEN]
        files = [picture, "--mask", mask, "-o", folder / "out.png"]
        subprocess.run(
            [sys.executable, "-m", "sfumato", "inpaint", *files, *where],
            check=True,
            capture_output=True,
        )
    return arrived(daemon.edits[0])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_both_editors_and_the_command_line_send_the_same_and_show_the_same(
    studio: Studio, easel: Easel, gimp: Gimp, case: Case, tmp_path: Path
) -> None:
    wanted = from_the_command_line(case, tmp_path)
    sent_by_krita, in_krita = from_krita(studio, easel, case)
    sent_by_gimp, in_gimp = from_gimp(gimp, case)
    for sent in (sent_by_krita, sent_by_gimp):
        assert len(sent) == len(wanted)
        for one, other in zip(sent, wanted, strict=True):
            assert (one.window, one.core) == (other.window, other.core)
            assert one.softness == other.softness
            assert one.selection.tobytes() == other.selection.tobytes()
            assert np.abs(one.mask.astype(int) - other.mask).max() <= 1
            assert one.picture.shape == other.picture.shape
            assert np.abs(one.picture - other.picture).max() <= 1
    assert in_krita.bounds == in_gimp.bounds
    assert np.abs(in_krita.mask.astype(int) - in_gimp.mask).max() <= 1
    if case.form:
        assert np.abs(in_krita.color - in_gimp.color).max() <= LEVEL
        assert np.abs(in_krita.composite - in_gimp.composite).max() <= LEVEL
