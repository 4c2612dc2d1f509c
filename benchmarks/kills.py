"""Kills, -9, of the daemon and of its engine hosts at every stage of an edit's life.

Each kill hits one edit. A client that comes back with the same edit must get the same job, every
time with the same pixels, and those that an undisturbed daemon makes: nothing accepted is lost,
nothing is delivered twice as two different results. (A model's pixels may be a level away from an
undisturbed daemon's, as its two variations need not share their batches again.)

    python -m benchmarks.kills --kills 100 --diffusion 0.2
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import cycle, islice, product
from pathlib import Path
from threading import Event

import grpc
import numpy as np

from benchmarks.editors import edit_of
from benchmarks.keeper import Keeper, Victim
from sfumato.service.wire.inpainting_pb2_grpc import InpaintingStub
from sfumato_client import Edit
from sfumato_client.chunks import Pieces
from sfumato_client.events import Done, Result
from sfumato_client.patience import Patience
from sfumato_client.session import Session
from sfumato_client.upload import Caller, pack
from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import jobs_pb2
from tests.support.daemon import GUARD

CLIENT = "kills"
PICTURES = 4
"""Different edits; more would only be more to compute beforehand."""


class Stage(StrEnum):
    """Where an edit is when something dies."""

    UPLOADING = "uploading"
    QUEUED = "queued"
    WORKING = "denoising"
    ENCODING = "encoding"
    DELIVERING = "delivering"


@dataclass(frozen=True)
class Kill:
    """One of them, ``delay`` seconds after the edit's stage was seen.

    ``wanted`` are the pixels of the results that an undisturbed daemon makes.
    """

    stage: Stage
    victim: Victim
    delay: float
    edit: Edit
    wanted: list[bytes]


@dataclass
class Tally:
    """What came of the kills, by stage and victim; sentences for what should not be."""

    done: Counter[tuple[Stage, Victim]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def main() -> None:
    """Kill, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--diffusion", type=float, default=0.0, help="part of the edits that a tiny model does"
    )
    options = parser.parse_args()
    models = []
    if options.diffusion:
        from tests.support.tiny_models import tiny_model

        models = ["--model", f"tiny={tiny_model('sd15')}", "--device", "cpu"]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        tally = run(Path(folder), options.kills, options.seed, models, options.diffusion)
    for (stage, victim), count in sorted(tally.done.items()):
        print(f"{stage:>12}  {victim:<12} {count:3}")
    print(f"{tally.done.total()} kills in {time.monotonic() - began:.0f} s")
    print(*(tally.wrong or ["nothing lost, nothing delivered as two results"]), sep="\n")
    raise SystemExit(bool(tally.wrong))


def run(
    folder: Path, kills: int, seed: int, arguments: Sequence[str] = (), diffusion: float = 0.0
) -> Tally:
    """Kill so often, spread evenly over stages and victims."""
    chance = random.Random(seed)
    edits = [edit_of(number, tiny=chance.random() < diffusion) for number in range(PICTURES)]
    if diffusion:
        edits[0] = edit_of(0, tiny=True)
    tally = Tally()
    with Keeper(folder / "undisturbed", *arguments) as keeper:
        wanted = [asyncio.run(result_of(keeper, edit)) for edit in edits]
    with Keeper(folder / "killed", *arguments) as keeper:
        for stage, victim in islice(cycle(product(Stage, Victim)), kills):
            number, name = chance.randrange(PICTURES), str(uuid.uuid4())
            edit = replace(edits[number], request_id=name, title=name)
            delay = chance.choice([0.0, chance.uniform(0, 0.05)])
            kill = Kill(stage, victim, delay, edit, wanted[number])
            for sentence in survive(keeper, kill):
                tally.wrong.append(f"{stage}, {victim}: {sentence}")
            tally.done[stage, victim] += 1
    return tally


def survive(keeper: Keeper, kill: Kill) -> Iterator[str]:
    """Send an edit, kill, come back with it; yields what should not be."""
    held = kill.stage is Stage.QUEUED
    if held:
        pause(keeper, True)
    seen = until(keeper, kill)
    if held:
        pause(keeper, False)
    first, second = (asyncio.run(result_of(keeper, kill.edit)) for _ in range(2))
    if first != second:
        yield "the second delivery after it has other pixels than the first"
    for index, pixels in seen.items():
        if pixels != first[index]:
            yield f"result {index} was delivered with other pixels before"
    allowed = 0 if kill.edit.parameters.model == "fill" else 1
    if len(first) != len(kill.wanted):
        yield f"{len(first)} results came instead of {len(kill.wanted)}"
    elif (most := max(map(apart, first, kill.wanted))) > allowed:
        yield f"what was delivered is up to {most} levels from an undisturbed daemon's"
    if (count := jobs_of(keeper, kill.edit.title)) != 1:
        yield f"{count} jobs came of one edit"


def apart(one: bytes, other: bytes) -> int:
    """The largest difference of two pictures, in levels."""
    levels = (np.frombuffer(pixels, np.uint8).astype(np.int16) for pixels in (one, other))
    return int(np.abs(np.subtract(*levels)).max())


def until(keeper: Keeper, kill: Kill) -> dict[int, bytes]:
    """Send the edit up to its stage, then kill. Returns the pixels of results that came whole."""
    upload = pack(kill.edit, Caller("", CLIENT, ""), raw=True)
    requests = [_message(request) for request in upload.requests()]
    received, killed = _Received(), Event()
    half = kill.stage is Stage.UPLOADING
    sent = _begun(requests[:-1], killed) if half else iter(requests)
    with grpc.insecure_channel(keeper.address) as channel:
        call = InpaintingStub(channel).Inpaint(sent, metadata=keeper.metadata, timeout=GUARD)
        with suppress(Unavailable):
            if half:
                time.sleep(0.05)  # Nothing tells a client how far the daemon has read.
            else:
                received.take_until(call, kill.stage)
            time.sleep(kill.delay)
            keeper.kill(kill.victim)
            killed.set()
            if kill.victim is Victim.HOST and not half and kill.stage is not Stage.QUEUED:
                received.take_until(call, None)
        killed.set()
        call.cancel()
    return received.whole


def _begun(requests: list[pb.InpaintRequest], killed: Event) -> Iterator[pb.InpaintRequest]:
    """An upload of which the rest is still to come when the kill does."""
    yield from requests
    killed.wait(GUARD)


def _message(request: pb.InpaintRequest | Pieces) -> pb.InpaintRequest:
    if isinstance(request, Pieces):
        return pb.InpaintRequest.FromString(request.head + bytes(request.body))
    return request


def _is_at(event: pb.InpaintEvent, stage: Stage | None) -> bool:
    step, steps = event.progress.step, event.progress.steps
    match stage:
        case Stage.QUEUED:
            return event.HasField("queued")
        case Stage.WORKING:
            return step > 0
        case Stage.ENCODING:  # The last step of a variation is done, its pixels are not told yet.
            return 0 < steps <= 2 * step
        case Stage.DELIVERING:
            return event.HasField("chunk")
        case _:
            return False


class Unavailable(Exception):
    """The daemon went away in the middle of a stream."""


class _Received:
    """Digests of the results that came whole."""

    def __init__(self) -> None:
        self.whole: dict[int, bytes] = {}
        self._result = pb.Result()
        self._data = b""

    def take_until(self, call: Iterator[pb.InpaintEvent], stage: Stage | None) -> None:
        """Read on up to a stage, or to the end."""
        try:
            for event in call:
                self._take(event)
                if _is_at(event, stage):
                    return
        except grpc.RpcError as error:
            assert error.code() is grpc.StatusCode.UNAVAILABLE, error
            raise Unavailable from error

    def _take(self, event: pb.InpaintEvent) -> None:
        if event.HasField("result"):
            self._result, self._data = event.result, b""
        elif event.HasField("chunk") and event.chunk.plane == 0:
            self._data += event.chunk.data
            if len(self._data) == self._result.planes[0].plane.encoded_bytes:
                self.whole[self._result.variation] = self._data


async def result_of(keeper: Keeper, edit: Edit) -> list[bytes]:
    """The pixels of an edit's results, by a client as the editors have it."""
    patience = Patience(answer=GUARD, in_all=GUARD)
    async with Session(keeper.endpoint, CLIENT, "", patience=patience) as session:
        events = [event async for event in await session.start(edit)]
    assert isinstance(events[-1], Done)
    results = sorted((e for e in events if isinstance(e, Result)), key=lambda r: r.variation)
    return [bytes(result.pieces[0].color.data) for result in results]


def pause(keeper: Keeper, paused: bool) -> None:
    """Let the daemon start no waiting jobs, or go on."""
    with grpc.insecure_channel(keeper.address) as channel:
        request = jobs_pb2.UpdateDaemonRequest(paused=paused)
        InpaintingStub(channel).UpdateDaemon(request, metadata=keeper.metadata, timeout=GUARD)


def jobs_of(keeper: Keeper, title: str) -> int:
    """How many jobs the daemon has with this title."""
    with grpc.insecure_channel(keeper.address) as channel:
        request = jobs_pb2.ListJobsRequest(page_size=1000)
        stub = InpaintingStub(channel)
        jobs = stub.ListJobs(request, metadata=keeper.metadata, timeout=GUARD).jobs
    return sum(job.title == title for job in jobs)


if __name__ == "__main__":
    main()
