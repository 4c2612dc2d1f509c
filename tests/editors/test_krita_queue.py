"""Waiting for others at a real daemon, as the docker tells it."""

from __future__ import annotations

import re
from queue import SimpleQueue

from sfumato_client import Client, Endpoint, Event
from sfumato_client.events import Accepted
from tests.editors.krita_easel import Easel
from tests.editors.krita_edits import prepared
from tests.editors.krita_studio import Studio
from tests.support.client_edits import small_edit
from tests.support.daemon import GUARD

OTHERS = 4
SIDE = 384
"""Of the others' pictures, in pixels: each takes the fill engine a while."""
WAITING = re.compile(r"Waiting: (next|number (\d+))(, starts in about \d+ (s|min))?")


def test_the_place_in_the_queue_and_the_time_until_its_turn_are_told(
    studio: Studio, easel: Easel
) -> None:
    selection = prepared(studio, easel)
    tree, daemon = easel.layers(), studio.daemon
    assert daemon is not None
    heard: SimpleQueue[Event] = SimpleQueue()
    with Client(Endpoint(daemon.address, daemon.token), "test", "1") as client:
        daemon.pause(True)
        others = [
            client.submit(small_edit(SIDE, SIDE, seed=seed), heard.put, lambda _: None)
            for seed in range(OTHERS)
        ]
        accepted = 0
        while accepted < OTHERS:
            accepted += isinstance(heard.get(timeout=GUARD), Accepted)
        studio.play("artist.trigger", action="sfumato_remove")
        waiting = studio.play("artist.until_said", words="Waiting")
        studio.play("artist.listen")
        daemon.pause(False)
        ended = studio.play("artist.ended")
        told = studio.play("artist.heard")
        for other in others:
            other.wait(GUARD)

    assert waiting["message"] == f"Waiting: number {OTHERS + 1}"
    assert waiting["cancel"] and not waiting["remove"]
    matches = [WAITING.fullmatch(message) for message in told]
    waits = [match for match in matches if match is not None]
    places = [int(wait[2] or 1) for wait in waits]
    assert places == sorted(places, reverse=True), told
    assert places[-1] == 1 and len(set(places)) > 2, told
    assert any(wait[3] for wait in waits), told
    # Its turn: no more waiting, but the work itself.
    assert not any(matches[matches.index(waits[-1]) + 1 :])
    assert told[matches.index(waits[-1]) + 1 :], told
    assert ended["message"] == "Inserted. One undo removes it."
    [[name, _]] = easel.layers()[len(tree) :]
    assert (easel.layer(name).mask[selection == 255] == 255).all()
