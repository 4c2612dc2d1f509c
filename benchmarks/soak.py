"""Many editors at one daemon for a long time, of which few behave.

Each editor has its own picture and sends it again and again: to the end, or it cancels, hangs up,
reads slowly, hangs up and comes back, comes back when all is done, asks for something that cannot
be, or for what is another's. Several editors share an owner. Every accepted job must end exactly
once, every result be what an undisturbed daemon makes of its editor's picture, and the daemon's
memory, files and connections must not grow.

    python -m benchmarks.soak --minutes 10 --editors 32
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections import Counter
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

from benchmarks.editors import edit_of
from benchmarks.keeper import Keeper, files_of, memory_of
from sfumato.access.tokens import TokenStore
from sfumato_client import (
    Cancelled,
    Done,
    Edit,
    Endpoint,
    Job,
    NotFound,
    Refused,
    Result,
    Session,
    Started,
)
from sfumato_client.patience import Patience
from sfumato_client.wire.jobs_pb2 import JobState
from tests.support.daemon import GUARD

OWNERS = 8
ENDED = {
    JobState.JOB_STATE_DONE,
    JobState.JOB_STATE_CANCELLED,
    JobState.JOB_STATE_FAILED,
}
PATIENCE = Patience(answer=GUARD, in_all=GUARD)
HOLE = 12
"""Side of the selected square: little for the engine, so that the daemon has much to do."""
SAMPLES = 60
"""How often memory is measured."""


@dataclass
class Tally:
    """What the editors saw, and what should not have been."""

    acts: Counter[str] = field(default_factory=Counter)
    accepted: dict[str, list[str]] = field(default_factory=dict)
    """Job ids by owner."""
    results: int = 0
    wrong: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    """What the daemon and its children hold in MB, at even intervals."""
    files: tuple[int, int] = (0, 0)
    """Open files and sockets of all of them, before and after."""

    @property
    def growth(self) -> float:
        """How much memory grew over the second half: its last third against its first."""
        late = self.memory[len(self.memory) // 2 :]
        third = max(len(late) // 3, 1)
        return statistics.median(late[-third:]) / statistics.median(late[:third]) - 1


class Editor:
    """One artist's editor, with one picture."""

    ACTS: ClassVar = {
        "works": 8,
        "cancels": 3,
        "hangs_up": 2,
        "comes_back": 2,
        "reads_slowly": 1,
        "asks_again": 1,
        "asks_for_nothing": 1,
        "pries": 1,
    }
    """What it does, by the names of its methods, and how often."""

    def __init__(self, endpoint: Endpoint, number: int, tally: Tally) -> None:
        self.owner = f"owner-{number % OWNERS}"
        self.endpoint = endpoint
        self.edit = edit_of(number, hole=HOLE, variations=1)
        self.wanted: list[str] = []
        self._chance = random.Random(number)
        self._first = [*self.ACTS][number % len(self.ACTS)]
        self._tally = tally

    async def learn(self) -> None:
        """See what an undisturbed daemon makes of the picture."""
        async with self._session() as session:
            self.wanted = await self._results(await self._begin(session))

    async def live(self, until: float) -> None:
        """Do one thing after another until that time (``time.monotonic``)."""
        act = self._first
        while time.monotonic() < until:
            async with self._session() as session:
                await getattr(self, act)(session)
            self._tally.acts[act] += 1
            [act] = self._chance.choices([*self.ACTS], [*self.ACTS.values()])

    async def works(self, session: Session) -> None:
        """An edit, to its end."""
        self._compare(await self._results(await self._begin(session)))

    async def cancels(self, session: Session) -> None:
        """Cancels at a random moment; the job may be done before."""
        job = await self._begin(session)
        await asyncio.sleep(self._chance.uniform(0, 0.5))
        await job.cancel()
        with suppress(Cancelled):
            self._compare(await self._results(job))

    async def hangs_up(self, session: Session) -> None:
        """Goes away in mid-stream; the daemon keeps the job."""
        await self._up_to(await self._begin(session), Started)

    async def comes_back(self, session: Session) -> None:
        """Goes away in mid-stream, and attaches with another connection."""
        job = await self._up_to(await self._begin(session), Started)
        await job.close()
        async with self._session() as another:
            self._compare(await self._results(await another.attach(job.id)))

    async def reads_slowly(self, session: Session) -> None:
        """Takes a rest after each event."""
        job = await self._begin(session)
        self._compare(await self._results(job, rest=0.2))

    async def asks_again(self, session: Session) -> None:
        """Sends the same request twice, as a client does that heard no answer."""
        again = replace(self.edit, request_id=self._chance.randbytes(16).hex())
        first, second = [await self._begin(session, again) for _ in range(2)]
        if first.id != second.id:
            self._tally.wrong.append(f"{self.owner}: one request became two jobs")
        self._compare(await self._results(second))

    async def asks_for_nothing(self, session: Session) -> None:
        """Sends what cannot be done."""
        region = replace(self.edit.regions[0], selection=bytes(len(self.edit.regions[0].selection)))
        try:
            await self._begin(session, replace(self.edit, regions=(region,)))
        except Refused:
            return
        self._tally.wrong.append(f"{self.owner}: an empty selection was taken")

    async def pries(self, session: Session) -> None:
        """Asks for another owner's job."""
        others = [ids for owner, ids in self._tally.accepted.items() if owner != self.owner and ids]
        if others:
            try:
                await session.attach(self._chance.choice(self._chance.choice(others)))
            except NotFound:
                return
            self._tally.wrong.append(f"{self.owner} saw another's job")

    def _session(self) -> Session:
        return Session(self.endpoint, "soak", patience=PATIENCE)

    async def _begin(self, session: Session, edit: Edit | None = None) -> Job:
        job = await session.inpaint(edit or self.edit)
        known = self._tally.accepted.setdefault(self.owner, [])
        if job.id not in known:
            known.append(job.id)
        return job

    async def _up_to(self, job: Job, kind: type) -> Job:
        async for event in job:
            if isinstance(event, kind):
                break
        return job

    async def _results(self, job: Job, rest: float = 0.0) -> list[str]:
        """Digests of a job's results; it must end well."""
        found = []
        async for event in job:
            if isinstance(event, Result):
                found.append(sha256(event.pieces[0].color.data).hexdigest())
            await asyncio.sleep(rest)
        if not isinstance(event, Done):
            self._tally.wrong.append(f"{self.owner}: {job.id} ended with {event!r}")
        return found

    def _compare(self, results: list[str]) -> None:
        self._tally.results += len(results)
        if results != self.wanted:
            self._tally.wrong.append(f"{self.owner}: a result is not what its picture gives")


async def soak(keeper: Keeper, endpoints: list[Endpoint], seconds: float) -> Tally:
    """Let one editor live at each endpoint for so long, then look at what is left."""
    tally = Tally()
    editors = [Editor(endpoint, number, tally) for number, endpoint in enumerate(endpoints)]
    for editor in editors:
        await editor.learn()
    before = files_of(keeper.family)
    until = time.monotonic() + seconds
    watch = asyncio.create_task(_watch(keeper, tally, seconds / SAMPLES))
    await asyncio.gather(*(editor.live(until) for editor in editors))
    watch.cancel()
    for owner, editor in {editor.owner: editor for editor in editors}.items():
        async with Session(editor.endpoint, "soak", patience=PATIENCE) as session:
            await _idle(session)
            states = {job.job_id: job.state async for job in session.jobs()}
        for job in tally.accepted.get(owner, []):
            if states.get(job) not in ENDED:
                tally.wrong.append(f"{owner}: {job} was accepted and is {states.get(job)}")
        if strangers := [
            j for o, ids in tally.accepted.items() if o != owner for j in ids if j in states
        ]:
            tally.wrong.append(f"{owner} is shown {len(strangers)} jobs of others")
    tally.files = (before, await _settled(keeper, before))
    return tally


async def _idle(session: Session) -> None:
    """Wait until nothing waits or runs."""
    async with aclosing(session.watch_queue()) as replies:  # type: ignore[type-var]
        async for reply in replies:
            if not reply.entries:
                return


async def _watch(keeper: Keeper, tally: Tally, interval: float) -> None:
    while True:
        tally.memory.append(await asyncio.to_thread(memory_of, keeper.family))
        await asyncio.sleep(interval)


async def _settled(keeper: Keeper, before: int) -> int:
    """Open files once the last connections are gone; waits for them for a while."""
    for _ in range(600):
        if (now := files_of(keeper.family)) <= before:
            break
        await asyncio.sleep(0.1)
    return now


def run(folder: Path, editors: int, seconds: float) -> Tally:
    """A daemon with an owner's token for every few editors, and all of them at it."""
    store = TokenStore(folder)
    tokens = [store.create(f"owner-{number}") for number in range(min(OWNERS, editors))]
    with Keeper(folder) as keeper:
        endpoints = [Endpoint(keeper.address, tokens[n % len(tokens)]) for n in range(editors)]
        return asyncio.run(soak(keeper, endpoints, seconds))


def main() -> None:
    """Soak, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--editors", type=int, default=32)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = run(Path(folder), options.editors, options.minutes * 60)
    for act, count in tally.acts.most_common():
        print(f"{act.replace('_', ' '):>18} {count:6}")
    accepted = sum(map(len, tally.accepted.values()))
    print(f"{accepted} jobs accepted, {tally.results} results compared")
    print(
        f"memory {tally.memory[0]:.0f} MB at the start, {tally.memory[-1]:.0f} MB at the end, "
        f"{tally.growth:+.1%} over the second half; open files {tally.files[0]} before, "
        f"{tally.files[1]} after"
    )
    print(*(tally.wrong or ["every job ended once, every result was its owner's"]), sep="\n")
    raise SystemExit(bool(tally.wrong))


if __name__ == "__main__":
    main()
