"""Many edits, each done once, however often the batch is begun anew.

Every attempt at an edit has a request id that follows from the ledger, the edit and the attempt
alone. So a batch that was killed sends the edits it was at under the same ids, and the daemon,
which holds them already, goes on with them or hands over what it has made.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sfumato_client.edit import Edit
from sfumato_client.errors import Busy, SfumatoError, Unauthenticated, Unavailable
from sfumato_client.events import Event, Reconnecting
from sfumato_client.ledger import Entry, Ledger, State
from sfumato_client.wire.inpainting_pb2 import OnDisconnect, Priority

if TYPE_CHECKING:
    from sfumato_client.job import Job
    from sfumato_client.session import Session

PARALLEL = 4
"""Edits of a batch at the daemon at once: one is worked on, the others travel or wait."""
_BUSY_SECONDS = 2.0
_AWAY_SECONDS = 60.0
"""How long a daemon that does not answer is waited for."""
_USED = "REQUEST_ID_REUSED"
_FAULTS = (SfumatoError, OSError, MemoryError)
# These concern the daemon as a whole: another edit would fare no better.
_FINAL = (Unavailable, Unauthenticated)

Told = Mapping[str, Any]
Listener = Callable[[str, Event], object]
Note = Callable[[Told], None]


@dataclass(frozen=True)
class Task:
    """One edit of a batch.

    ``name`` is its own within the batch; ``key`` tells apart what is asked and of which pixels
    (``key_of``). ``edit`` makes the edit when its turn comes. ``save`` keeps what came of it, which
    is its events in order with all results, and returns plain values for the ledger. It also gets
    a function that notes such values at once: what is about to be written, to know it again after a
    crash.
    """

    name: str
    key: str
    edit: Callable[[Session], Awaitable[Edit]]
    save: Callable[[Sequence[Event], Note], Awaitable[Told]]


@dataclass(frozen=True)
class Ended:
    """How an edit came out: ``error`` is None if it is done.

    ``told`` is what its ``save`` returned, in this run or, unless it is ``fresh``, in an earlier.
    """

    name: str
    told: Told = field(default_factory=dict)
    error: Exception | None = None
    fresh: bool = True


def key_of(*parts: bytes | str) -> str:
    """A key that is another one if any part differs: give all that the result depends on."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()


def pending(ledger: Ledger, name: str, key: str) -> int | None:
    """The attempt that an edit is at, counted from 0; None once it is done."""
    last = ledger.get(name)
    if last is None:
        return 0
    if last.state is State.DONE and last.key == key:
        return None
    # What was being written is taken up again, and so is what was marked.
    same = last.state is State.AGAIN or (last.state is State.WRITING and last.key == key)
    return last.attempt if same else last.attempt + 1


def mark(ledger: Ledger, name: str) -> None:
    """Have an edit done once more by the next run, whatever became of it."""
    last = ledger.get(name)
    if last is not None and last.state is not State.AGAIN:
        ledger.write(replace(last, state=State.AGAIN, attempt=last.attempt + 1))


async def batch(
    session: Session,
    tasks: Iterable[Task],
    ledger: Ledger,
    *,
    parallel: int = PARALLEL,
    listener: Listener = lambda name, event: None,
) -> AsyncGenerator[Ended, None]:
    """Do what is not done yet, and yield each edit as it ends, in any order.

    At most ``parallel`` edits are at the daemon at once, with the priority of batches: they give
    way to people who wait for theirs, and owners get equal shares. An edit that fails is told and
    the others go on; a daemon that is away is waited for, and ends the batch with its error if it
    does not come back. Giving up cancels what is running. Either way the next run goes on.
    """
    run = _Run(session, ledger, listener)
    waiting = iter(tasks)
    workers = [asyncio.ensure_future(run.work(waiting)) for _ in range(max(1, parallel))]
    try:
        while (ended := await run.next(workers)) is not None:
            yield ended
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


class _Run:
    """A batch's workers and what they have in common."""

    def __init__(self, session: Session, ledger: Ledger, listener: Listener) -> None:
        self._session = session
        self._ledger = ledger
        self._listener = listener
        self._ended: asyncio.Queue[Ended] = asyncio.Queue()
        self._lost = False
        self._heard = asyncio.get_running_loop().time()

    async def next(self, workers: Sequence[asyncio.Future[None]]) -> Ended | None:
        """The next edit that ends; None when all have, or when a worker gave up."""
        getting = asyncio.ensure_future(self._ended.get())
        left: set[asyncio.Future[Any]] = set(workers)
        while left and not getting.done():
            done, _ = await asyncio.wait({getting, *left}, return_when=asyncio.FIRST_COMPLETED)
            left -= done
            if any(each is not getting and each.exception() for each in done):
                break
        if not getting.done():
            getting.cancel()
            return None if self._ended.empty() else self._ended.get_nowait()
        return getting.result()

    async def work(self, waiting: Iterator[Task]) -> None:
        """Do one edit after the other."""
        for task in waiting:
            attempt = pending(self._ledger, task.name, task.key)
            if attempt is None:
                last = self._ledger.get(task.name)
                told = last.told if last is not None else {}
                self._ended.put_nowait(Ended(task.name, told, fresh=False))
            else:
                self._ended.put_nowait(await self._once(task, attempt))

    async def _once(self, task: Task, attempt: int) -> Ended:
        """Do an edit; what goes wrong with it is its end."""
        try:
            attempt, events = await self._events(task, attempt)
            now = attempt
            told = await task.save(events, lambda told: self._note(task, now, State.WRITING, told))
        except _FINAL:
            self._lost = True
            raise
        except asyncio.CancelledError:
            if not self._lost:
                self._failed(task, attempt, "It was given up.")
            raise
        except _FAULTS as error:
            self._failed(task, attempt, str(error))
            return Ended(task.name, error=error)
        self._note(task, attempt, State.DONE, told)
        return Ended(task.name, told)

    async def _events(self, task: Task, attempt: int) -> tuple[int, list[Event]]:
        """The events of the attempt, or of the next whose id was not used for another edit."""
        while isinstance(found := await self._tried(task, attempt), int):
            attempt = found
        return attempt, found

    async def _tried(self, task: Task, attempt: int) -> list[Event] | int:
        """The events of an attempt, or with which attempt to go on after a while."""
        try:
            edit = await task.edit(self._session)
            job = await self._session.start(self._named(edit, task, attempt))
            return await self._followed(task.name, job)
        except Busy:
            await asyncio.sleep(_BUSY_SECONDS)
        except Unavailable:
            if asyncio.get_running_loop().time() - self._heard > _AWAY_SECONDS:
                raise
            await asyncio.sleep(_BUSY_SECONDS)
        except SfumatoError as error:
            if error.reason != _USED:
                raise
            return attempt + 1  # as after an update of either side, which asks in other words
        return attempt

    def _named(self, edit: Edit, task: Task, attempt: int) -> Edit:
        """The edit of an attempt, as the daemon knows it again."""
        name = f"{task.name}/{task.key}/{attempt}"
        return replace(
            edit,
            request_id=str(uuid.uuid5(uuid.UUID(self._ledger.id), name)),
            priority=Priority.PRIORITY_BATCH,
            on_disconnect=OnDisconnect.ON_DISCONNECT_KEEP,
        )

    async def _followed(self, name: str, job: Job) -> list[Event]:
        events: list[Event] = []
        try:
            async for event in job:
                if not isinstance(event, Reconnecting):
                    self._heard = asyncio.get_running_loop().time()
                self._listener(name, event)
                events.append(event)
        except asyncio.CancelledError:
            if not self._lost:
                await _give_up(job)
            raise
        return events

    def _failed(self, task: Task, attempt: int, message: str) -> None:
        """Note a failure beside what is known from before."""
        last = self._ledger.get(task.name)
        known = last.told if last is not None else {}
        self._note(task, attempt, State.FAILED, {**known, "error": message})

    def _note(self, task: Task, attempt: int, state: State, told: Told) -> None:
        self._ledger.write(Entry(task.name, task.key, attempt, state, told))


async def _give_up(job: Job) -> None:
    """Cancel a job, without insisting: its stream closes with the session."""
    try:
        await asyncio.wait_for(job.cancel(), _BUSY_SECONDS)
    except (SfumatoError, asyncio.TimeoutError):
        return
