"""An edit in GIMP is one trace, from the call of the procedure to its layer."""

from __future__ import annotations

from pathlib import Path

from tests.editors.gimp import Gimp
from tests.editors.gimp_daemons import connected
from tests.editors.gimp_documents import Document
from tests.support.collector import collecting, from_click_to_layer, seconds
from tests.support.daemon import running_daemon


def test_removing_is_one_trace_from_the_click_to_the_layer(
    gimp: Gimp, document: Document, tmp_path: Path
) -> None:
    with (
        collecting() as collector,
        running_daemon(tmp_path, "--traces", collector.url) as daemon,
        connected(gimp, daemon.address, daemon.token),
    ):
        answer = document.run("remove")
        assert answer.status == "success"
        assert daemon.stop() == 0
    spans = from_click_to_layer(collector)
    assert 0 < seconds(spans["click"]) < answer.seconds
