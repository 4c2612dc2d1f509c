"""Two batches and an artist at one daemon: the batches share alike, and the artist goes first."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import pytest

from sfumato_client.wire import jobs_pb2
from tests.support.command import COMMAND_GUARD, environment, run_in
from tests.support.daemon import GUARD, Daemon, running_daemon
from tests.support.pictures import noise, write

pytestmark = pytest.mark.timeout(600)

EDITS = 10
OWNERS = ("anna", "ben")


class Spell(NamedTuple):
    """When an edit had the engine, and whose it was."""

    started: datetime
    ended: datetime
    owner: str

    @property
    def seconds(self) -> float:
        """How long."""
        return (self.ended - self.started).total_seconds()


def begun(daemon: Daemon, folder: Path, token: str, *command: object) -> subprocess.Popen[bytes]:
    """A command of one of the daemon's users, at work."""
    return subprocess.Popen(
        [sys.executable, "-m", "sfumato", *map(str, command)],
        env={
            **environment(folder / "nowhere"),
            "SFUMATO_ADDRESS": daemon.address,
            "SFUMATO_TOKEN": token,
        },
        cwd=folder,
    )


def until_all_wait(daemon: Daemon, count: int) -> None:
    """Until so many edits are in the queue."""
    with daemon.stub() as stub:
        request = jobs_pb2.WatchQueueRequest()
        for seen in stub.WatchQueue(request, metadata=daemon.metadata, timeout=GUARD):
            if len(seen.entries) == count:
                return


def spells(folder: Path, daemon: Daemon, token: str, owner: str) -> list[Spell]:
    """When the engine worked for an owner; all edits must be done."""
    named = {"SFUMATO_ADDRESS": daemon.address, "SFUMATO_TOKEN": token}
    done = run_in(folder / "nowhere", "history", "--json", "--limit", "99", **named)
    jobs = json.loads(done.out)
    assert {job["state"] for job in jobs} == {"JOB_STATE_DONE"}
    return [
        Spell(*(datetime.fromisoformat(job[at]) for at in ("started_at", "ended_at")), owner)
        for job in jobs
    ]


def test_two_batches_and_an_artist_share_the_daemon_fairly(tmp_path: Path) -> None:
    rows = []
    for number in range(EDITS):
        write(tmp_path / f"{number:02}.png", noise(120, 90, 3, 8, seed=number))
        rows.append({"image": f"{number:02}.png", "box": [20, 20, 60, 50]})
    (tmp_path / "edits.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with running_daemon(tmp_path / "state") as daemon:
        tokens = {
            owner: run_in(daemon.state, "token", "create", owner).out.strip() for owner in OWNERS
        }
        daemon.pause(True)
        batch = ("batch", "edits.jsonl", "--parallel", EDITS)
        at_work = [begun(daemon, tmp_path, tokens[name], *batch, "-o", name) for name in OWNERS]
        until_all_wait(daemon, 2 * EDITS)
        edit = ("inpaint", "00.png", "--box", "20,20,60,50", "-o", "artist.png")
        at_work.append(begun(daemon, tmp_path, daemon.token, *edit))
        until_all_wait(daemon, 2 * EDITS + 1)
        daemon.pause(False)
        assert [process.wait(COMMAND_GUARD) for process in at_work] == [0, 0, 0]
        (artist,) = spells(tmp_path, daemon, daemon.token, "artist")
        theirs = sorted(
            spell for who in OWNERS for spell in spells(tmp_path, daemon, tokens[who], who)
        )
    assert artist.started < theirs[0].started
    assert [spell.owner for spell in theirs].count(OWNERS[0]) == EDITS == len(theirs) / 2
    # While both have edits left, neither is further ahead than by one edit.
    last = min(max(spell for spell in theirs if spell.owner == who) for who in OWNERS)
    shared = theirs[: theirs.index(last)]
    assert len(shared) >= EDITS - 1
    ahead = accumulate(s.seconds if s.owner == OWNERS[0] else -s.seconds for s in shared)
    assert max(map(abs, ahead)) <= 2 * max(spell.seconds for spell in shared)
