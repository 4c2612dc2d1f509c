"""Two batches and an artist at one daemon: the batches share alike, and the artist goes first."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from tests.support.command import COMMAND_GUARD, environment, run_in
from tests.support.daemon import Daemon, running_daemon
from tests.support.pictures import noise, write

pytestmark = pytest.mark.timeout(240)

EDITS = 10
PARALLEL = 4
OWNERS = ("anna", "ben")


def begun(daemon: Daemon, folder: Path, owner: str, token: str) -> subprocess.Popen[str]:
    """A batch of one of the daemon's users, at work."""
    command = ["batch", str(folder / "edits.jsonl"), "-o", str(folder / owner)]
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "sfumato", *command, "--parallel", str(PARALLEL)],
        env={
            **environment(folder / "nowhere"),
            "SFUMATO_ADDRESS": daemon.address,
            "SFUMATO_TOKEN": token,
        },
        stdout=subprocess.PIPE,
        text=True,
    )


def ended(folder: Path, daemon: Daemon, token: str) -> list[tuple[datetime, datetime]]:
    """When each job of an owner was accepted and ended, in the order of their ends."""
    named = {"SFUMATO_ADDRESS": daemon.address, "SFUMATO_TOKEN": token}
    done = run_in(folder / "nowhere", "history", "--json", "--limit", "99", **named)
    jobs = json.loads(done.out)
    assert {job["state"] for job in jobs} == {"JOB_STATE_DONE"}
    times = [
        tuple(datetime.fromisoformat(job[name]) for name in ("created_at", "ended_at"))
        for job in jobs
    ]
    return sorted(times, key=lambda time: time[1])  # type: ignore[arg-type, return-value]


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
        batches = {owner: begun(daemon, tmp_path, owner, tokens[owner]) for owner in OWNERS}
        for process in batches.values():
            assert process.stdout is not None
            assert process.stdout.readline()
        edit = ("inpaint", tmp_path / "00.png", "--box", "20,20,60,50")
        artist = run_in(daemon.state, *edit, "-o", tmp_path / "artist.png")
        assert artist.code == 0, artist.err
        for process in batches.values():
            process.communicate(timeout=COMMAND_GUARD)
            assert process.returncode == 0
        ((asked, given),) = ended(tmp_path, daemon, daemon.token)
        ends = {owner: ended(tmp_path, daemon, tokens[owner]) for owner in OWNERS}
    assert all(len(times) == EDITS for times in ends.values())
    # While both are at work neither gets further ahead than one step of the other.
    begin = max(times[0][1] for times in ends.values())
    finish = min(times[-1][1] for times in ends.values())
    ahead, furthest, shared = 0, 0, 0
    for end, owner in sorted((time[1], who) for who in OWNERS for time in ends[who]):
        if begin < end <= finish:
            ahead += 1 if owner == OWNERS[0] else -1
            furthest = max(furthest, abs(ahead))
            shared += 1
    assert shared >= EDITS
    assert furthest <= 3
    # What was running when the artist came may end before them, and nothing else.
    meanwhile = [end for times in ends.values() for _, end in times if asked < end < given]
    assert len(meanwhile) <= 2
    assert given < finish
