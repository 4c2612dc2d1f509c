"""Krita ends in the middle of an edit: closed by the artist, or killed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import skimage.data

from sfumato_client import Client, Endpoint
from tests.editors.desktop import Desktop
from tests.editors.krita_package import pack
from tests.editors.krita_studio import Studio
from tests.editors.root import Editors
from tests.editors.scripted_daemon import HANG_S
from tests.support.tiny_models import tiny_model

PATIENCE_S = 300


@pytest.fixture
def studio(editors: Editors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio of its own, as its Krita comes to an end; nothing runs yet."""
    share = tmp_path_factory.mktemp("ending")
    package = pack(share)
    with Desktop(editors, share) as desktop:
        studio = Studio(desktop, package)
        yield studio
        studio.stop_daemon()


def prepare(studio: Studio) -> None:
    """A photograph with a selection."""
    studio.play("artist.show_docker")
    studio.easel.open(skimage.data.coffee())
    selection = np.zeros(studio.easel.shape, np.uint8)
    selection[100:200, 200:300] = 255
    studio.easel.select(selection)


def test_quitting_ends_the_edit_and_krita_cleanly(studio: Studio) -> None:
    with studio.krita, studio.scripted() as daemon:
        prepare(studio)
        daemon.hold()
        studio.play("artist.trigger", action="sfumato_remove")
        assert daemon.at_work.wait(HANG_S)

        assert studio.krita.quit() == 0

        assert daemon.edits[0].cancel_asked.wait(HANG_S)
        assert daemon.edits[0].variations == 0


def test_the_edit_of_a_killed_krita_is_kept(studio: Studio) -> None:
    """A crash costs no work: what was asked for goes on, and waits in the daemon's history."""
    studio.start_daemon("--model", f"tiny={tiny_model('sd15')}", "--device", "cpu")
    assert studio.daemon is not None
    endpoint = Endpoint(studio.daemon.address, studio.daemon.token)
    with studio.killed_krita():
        prepare(studio)
        studio.play("connecting.connected", generating=True)
        studio.play("artist.write_prompt", text="a red jacket")
        studio.play("artist.settings", steps=40, variations=2)
        studio.play("artist.trigger", action="sfumato_generate")
        job = studio.play("artist.in_the_middle")

        studio.krita.kill()

    with Client(endpoint, "test", "1") as client:
        results = client.attach(job, lambda _: None, lambda _: None).wait(PATIENCE_S)
    assert [result.variation for result in results] == [0, 1]
