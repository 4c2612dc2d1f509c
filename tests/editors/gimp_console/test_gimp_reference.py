"""GIMP and the client alone make the same layer of the same edit."""

from __future__ import annotations

import pytest

from sfumato_client import Endpoint, Layer, Raster, Samples
from tests.editors.gimp import Gimp
from tests.editors.gimp_documents import Document, as_float
from tests.editors.reference import SEED, Reference, assert_alike, references, through_the_client
from tests.support.daemon import Daemon


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
