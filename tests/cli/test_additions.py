"""LoRAs, control images and references as they are written, and the edit that they make."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image

from sfumato.cli.additions import (
    Added,
    Control,
    Lora,
    Reference,
    parse_control,
    parse_lora,
    parse_reference,
    weighted,
    with_images,
)
from sfumato.cli.failures import BadInput
from sfumato.engines.parameters import ControlKind
from sfumato_client.edit import Edit, Raster, Region, Samples
from sfumato_client.geometry import Bounds, Extent
from sfumato_client.wire.models_pb2 import LoraModel
from sfumato_client.wire.parameters_pb2 import Parameters

CANVAS = Extent(40, 30)
WINDOW = Bounds(8, 4, 20, 16)


def edit(*windows: Bounds) -> Edit:
    regions = tuple(
        Region(
            window,
            Raster(window.extent, Samples.RGB, 8, bytes(window.area * 3)),
            bytes([255]) * window.area,
        )
        for window in windows
    )
    return Edit(CANVAS, Parameters(prompt="a boat"), regions)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A file whose colours tell columns and rows of a canvas twice as large."""
    rows, columns = np.mgrid[:60, :80].astype(np.uint8)
    pixels = np.stack([columns, rows, np.zeros_like(rows)], axis=2)
    file = tmp_path / "image.png"
    Image.fromarray(pixels).save(file)
    return file


@pytest.mark.parametrize(
    ("text", "lora"), [("ink", Lora("ink", None)), ("ink:-0.5", Lora("ink", -0.5))]
)
def test_loras_are_read(text: str, lora: Lora) -> None:
    assert parse_lora(text) == lora


@pytest.mark.parametrize(
    ("text", "control"),
    [
        ("canny", Control(ControlKind.CANNY, None, None)),
        ("canny:0.5", Control(ControlKind.CANNY, None, 0.5)),
        ("depth=map.png", Control(ControlKind.DEPTH, Path("map.png"), None)),
        (r"depth=C:\map.png:0.8", Control(ControlKind.DEPTH, Path(r"C:\map.png"), 0.8)),
    ],
)
def test_control_images_are_read(text: str, control: Control) -> None:
    assert parse_control(text) == control


def test_references_are_read() -> None:
    assert parse_reference("a:b.png") == Reference(Path("a:b.png"), None)
    assert parse_reference("a.png:0.4") == Reference(Path("a.png"), 0.4)


@pytest.mark.parametrize("text", ["scribble=a.png", "=a.png"])
def test_unknown_kinds_are_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="canny, depth"):
        parse_control(text)


def test_a_lora_without_a_weight_gets_the_one_it_was_made_for() -> None:
    known = [LoraModel(name="quick", weight=0.125)]
    weights = [lora.scale for lora in weighted([Lora("quick", None), Lora("quick", 1)], known)]
    assert weights == [0.125, 1]


def test_images_travel_after_the_regions_planes_and_are_named_by_them(image: Path) -> None:
    controls = [Control(ControlKind.DEPTH, image, 0.5), Control(ControlKind.CANNY, None, None)]
    made = with_images(edit(WINDOW), Added((), controls, [Reference(image, None)]))
    assert [control.HasField("plane") for control in made.parameters.controls] == [True, False]
    assert made.parameters.controls[0].plane == 2
    assert made.parameters.references[0].plane == 3
    assert [raster.extent for raster in made.extras] == [WINDOW.extent, Extent(80, 60)]
    control = np.frombuffer(made.extras[0].data, np.uint8).reshape(16, 20, 3)
    assert abs(int(control[0, 0, 0]) - 2 * WINDOW.x) <= 1
    assert abs(int(control[0, 0, 1]) - 2 * WINDOW.y) <= 1


def test_a_control_image_does_not_go_with_several_regions(image: Path) -> None:
    with pytest.raises(BadInput, match="2 pieces"):
        with_images(
            edit(WINDOW, Bounds(30, 0, 5, 5)), Added((), [Control(ControlKind.CANNY, image, None)])
        )
