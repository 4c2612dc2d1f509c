"""An edit in Krita is one trace, from the click to its layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import skimage.data

from tests.editors.krita_easel import Easel
from tests.editors.krita_studio import Studio
from tests.support.collector import collecting, from_click_to_layer, seconds
from tests.support.daemon import running_daemon


def test_removing_is_one_trace_from_the_click_to_the_layer(
    studio: Studio, easel: Easel, tmp_path: Path
) -> None:
    easel.open(skimage.data.coffee())
    selection = np.zeros(easel.shape, np.uint8)
    selection[120:200, 200:320] = 255
    easel.select(selection)
    with (
        collecting() as collector,
        running_daemon(tmp_path, "--traces", collector.url) as daemon,
    ):
        studio.play("connecting.use_daemon", address=daemon.address, token=daemon.token)
        studio.remove()
        assert studio.play("artist.inserted") is None
        collector.wait_for("click")
        studio.play("connecting.use_daemon", address="", token="")
        assert daemon.stop() == 0
    spans = from_click_to_layer(collector)
    assert seconds(spans["insert"]) > 0
