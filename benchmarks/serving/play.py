"""One trace of edits, played to a server."""

from __future__ import annotations

import argparse
import dataclasses
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.serving.meter import Clock, Meter
from benchmarks.serving.servers import Server
from benchmarks.serving.trace import Edit, trace


@dataclass
class Outcome:
    """What one server made of one trace.

    ``occupancy`` is requests in a pass, ``busy`` the share of time the network computed, ``rows``
    how many rows a second went through it, ``told`` what the server says of its time.
    """

    seconds: float
    latencies: list[float] = field(default_factory=list)
    occupancy: float = 0.0
    busy: float = 0.0
    rows: float = 0.0
    told: str = ""

    @property
    def rate(self) -> float:
        """Edits a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """Latency in seconds that ``share`` of the edits stay below."""
        return float(np.quantile(self.latencies, share))


def serve(
    server: Server, editors: Sequence[Sequence[Edit]], meter: Meter, rows_each: int = 2
) -> Outcome:
    """Serve every editor's edits; editors begin a little apart.

    A request has ``rows_each`` rows in a pass: two with classifier-free guidance.
    """
    meter.reset()
    server.reset()
    clock = meter.clock
    began = clock()
    waiting = {number: list(edits) for number, edits in enumerate(editors)}
    starts = {number: 0.02 * number for number in waiting}
    owners: dict[int, int] = {}
    sent: dict[int, float] = {}
    outcome = Outcome(0.0)
    while waiting or owners:
        now = clock() - began
        for owner in [n for n in waiting if n not in owners.values() and starts[n] <= now]:
            edit = waiting[owner].pop(0)
            if not waiting[owner]:
                del waiting[owner]
            owners[edit.number], sent[edit.number] = owner, clock()
            server.submit(edit)
        for number in server.turn():
            outcome.latencies.append(clock() - sent[number])
            del owners[number]
    outcome.seconds = clock() - began
    outcome.busy = meter.seconds / outcome.seconds
    outcome.rows = meter.rows / outcome.seconds
    outcome.told = server.told(outcome.seconds)
    outcome.occupancy = meter.rows / rows_each / max(meter.calls, 1)
    return outcome


def newcomer(server: Server, pixels: int, clock: Clock) -> tuple[float, float, float]:
    """Seconds of a 4-step edit alone, of one that comes during a 50-step job, and of a step."""
    base = trace(1, pixels)[0][0]
    long = dataclasses.replace(base, number=900, steps=50, strength=1.0)
    short = dataclasses.replace(base, number=901, steps=4, strength=1.0)
    alone, among, step = [], [], []
    for _ in range(5):
        began = clock()
        until(server, [short], {901})
        alone.append(clock() - began)
        server.submit(long)
        for _ in range(10):
            began = clock()
            server.turn()
            step.append(clock() - began)
        began = clock()
        until(server, [short], {901})
        among.append(clock() - began)
        until(server, [], {900})
    return statistics.median(alone), statistics.median(among), statistics.median(step)


def until(server: Server, edits: Sequence[Edit], numbers: set[int]) -> None:
    """Submit edits and turn until all of ``numbers`` are done."""
    for edit in edits:
        server.submit(edit)
    while numbers:
        numbers = numbers - set(server.turn())


def rounds(
    servers: dict[str, Server], asked: argparse.Namespace, meter: Meter, rows_each: int
) -> Iterator[tuple[int, dict[str, Outcome]]]:
    """For each number of editors the middle outcome of every server, measured in turns."""
    for editors in asked.editors:
        outcomes: dict[str, list[Outcome]] = {name: [] for name in servers}
        for _ in range(asked.repeats):
            for name, server in servers.items():
                outcomes[name].append(serve(server, trace(editors, asked.pixels), meter, rows_each))
        yield (
            editors,
            {
                name: sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]
                for name, runs in outcomes.items()
            },
        )
