"""Krita and GIMP at one daemon, at the same time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sfumato_client import Bounds, Endpoint, Layer, Raster, Samples
from tests.editors.desktop import Desktop
from tests.editors.gimp import Gimp
from tests.editors.gimp_documents import Document, as_float
from tests.editors.gimp_package import pack
from tests.editors.krita_easel import Easel
from tests.editors.krita_studio import Studio
from tests.editors.reference import Reference, assert_alike, references, through_the_client

HARD, SOFT = references()


@pytest.fixture
def gimp(desktop: Desktop, studio: Studio) -> Iterator[Gimp]:
    """A GIMP that uses Krita's daemon."""
    studio.start_daemon()
    assert studio.daemon is not None
    environ = {"SFUMATO_ADDRESS": studio.daemon.address, "SFUMATO_TOKEN": studio.daemon.token}
    with Gimp(desktop, pack(desktop.share), environ) as gimp:
        yield gimp


def removed_in_krita(studio: Studio, easel: Easel) -> tuple[Layer, int]:
    said = studio.remove()
    assert said["message"] == "Inserted. One undo removes it."
    laid = easel.layer("Remove 1")
    bounds = Bounds(*laid.bounds)
    inside = np.s_[bounds.y : bounds.bottom, bounds.x : bounds.right]
    color = np.ascontiguousarray(laid.color[inside][..., 2::-1])
    raster = Raster(bounds.extent, Samples.RGB, 8, color.tobytes())
    written = studio.play("paper.annotations")
    [record] = [json.loads(text) for key, text in written.items() if key.startswith("sfumato/edit")]
    return Layer(bounds, raster, laid.mask[inside].tobytes()), record["seed"]


def removed_in_gimp(document: Document) -> tuple[Layer, int]:
    answer = document.run("remove")
    made = document.made(answer.layer)
    raster = Raster(made.bounds.extent, Samples.RGB, 8, made.color)
    return Layer(made.bounds, raster, made.mask.tobytes()), made.record["seed"]


@pytest.mark.parametrize(
    ("in_krita", "in_gimp"), [(HARD, SOFT), (SOFT, HARD), (HARD, HARD)], ids=lambda ref: ref.name
)
def test_both_editors_get_their_own_result_and_what_the_client_alone_gets(
    studio: Studio, easel: Easel, gimp: Gimp, in_krita: Reference, in_gimp: Reference
) -> None:
    assert studio.daemon is not None
    easel.open(in_krita.picture)
    easel.select(in_krita.selection)
    document = Document(gimp, as_float(in_gimp.picture))
    document.select(in_gimp.selection)

    with ThreadPoolExecutor(1) as beside:
        at_gimp = beside.submit(removed_in_gimp, document)
        krita_layer, krita_seed = removed_in_krita(studio, easel)
        gimp_layer, gimp_seed = at_gimp.result()

    endpoint = Endpoint(studio.daemon.address, studio.daemon.token)
    assert_alike(krita_layer, through_the_client(in_krita, endpoint, krita_seed))
    assert_alike(gimp_layer, through_the_client(in_gimp, endpoint, gimp_seed))
    document.close()
