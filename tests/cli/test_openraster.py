"""``-o result.ora``: the picture as it was, and the result as a layer over it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.etree import ElementTree

import imagecodecs
import numpy as np

from tests.support.command import Sfumato
from tests.support.pictures import samples, write
from tests.support.subjects import photograph


def test_an_edit_becomes_a_file_in_layers(sfumato: Sfumato, tmp_path: Path) -> None:
    deep = photograph("astronaut")[:200, :300].astype(np.uint16) * 256 + 1
    image = write(tmp_path / "in.png", deep)
    box = ("--box", "20,40,40,60", "--seed", 1)
    assert sfumato("inpaint", image, *box, "-o", "out.ora").code == 0
    done = sfumato("inpaint", image, *box, "-o", "out.png", "--layer", "layer.png")
    assert done.code == 0, done.err

    with zipfile.ZipFile(tmp_path / "out.ora") as file:
        stack = ElementTree.fromstring(file.read("stack.xml"))
        names = [layer.get("name") for layer in stack.iter("layer")]
        below, above, merged = (
            imagecodecs.png_decode(file.read(name))
            for name in ("data/layer0.png", "data/layer1.png", "mergedimage.png")
        )
    assert names == ["Remove 1", "Background"]
    assert np.array_equal(below, samples(image))
    assert np.array_equal(above, samples(tmp_path / "layer.png"))
    assert np.array_equal(merged, samples(tmp_path / "out.png"))


def test_gray_pictures_say_that_they_become_rgb(sfumato: Sfumato, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", photograph("camera")[:200, :300, :1])
    done = sfumato("inpaint", image, "--box", "20,40,40,60", "-o", "out.ora")
    assert done.code == 0, done.err
    assert "stored as RGB" in done.err


def test_new_canvas_is_a_layer_of_its_own_name(sfumato: Sfumato, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", photograph("grass")[:120, :160])
    done = sfumato("outpaint", image, "--left", 20, "-o", "out.ora")
    assert done.code == 0, done.err
    with zipfile.ZipFile(tmp_path / "out.ora") as file:
        stack = ElementTree.fromstring(file.read("stack.xml"))
    assert [layer.get("name") for layer in stack.iter("layer")] == ["Extend 1", "Background"]
