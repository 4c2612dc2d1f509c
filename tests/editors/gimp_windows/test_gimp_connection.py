"""The dialog for a daemon that is not there."""

from __future__ import annotations

from tests.editors.desktop import Desktop
from tests.editors.gimp import Gimp
from tests.editors.gimp_daemons import connected
from tests.editors.gimp_dialogs import CONNECTION
from tests.editors.gimp_documents import Document
from tests.editors.gimp_hands import Hands, until

NOWHERE = "127.0.0.1:9"


def test_a_missing_daemon_is_started_on_request(
    gimp: Gimp, document: Document, hands: Hands, desktop: Desktop
) -> None:
    command = desktop.home / ".local/bin/sfumato"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\necho "$@" > {gimp.share}/started\nexec sleep 60\n')
    command.chmod(0o755)
    with connected(gimp, NOWHERE, ""):
        hands.invoke("remove")
        hands.show(CONNECTION, "gimp-connection")
        hands.press("alt+s", CONNECTION)
        until((gimp.share / "started").exists, "no daemon was started")
        until(lambda: document.play("stack") == ["Remove 1", "paper"], "no removal afterwards")
    assert (gimp.share / "started").read_text() == "serve\n"
