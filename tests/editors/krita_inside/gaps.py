"""How long Krita's event loop stands still during an edit: the heartbeat of a timer."""

import time
from itertools import pairwise

from PyQt5.QtCore import Qt, QTimer

from .artist import docker, trigger

BEAT_MS = 2


def edit(action):
    """An edit; the longest gap between heartbeats while reading, waiting and inserting, in ms."""
    beats, marks = [], [("start", time.perf_counter())]
    timer = QTimer()
    timer.setTimerType(Qt.PreciseTimer)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start(BEAT_MS)
    yield lambda: len(beats) > 20
    beats.clear()
    beats.append(time.perf_counter())
    yield from trigger(action)
    bench = docker().bench
    yield lambda: bench.run is not None
    run = bench.run
    yield lambda: run.flow.phase.value != "exporting"
    marks.append(("reading", time.perf_counter()))
    yield lambda: not run.flow.busy
    marks.append(("waiting", time.perf_counter()))
    yield lambda: run.flow.message not in ("Done.", "Inserting.")
    marks.append(("inserting", time.perf_counter()))
    beats.append(time.perf_counter())
    timer.stop()
    spans = pairwise(marks)
    found = {name: _longest(beats, since, until) for (_, since), (name, until) in spans}
    return {"gaps": found, "seconds": marks[-1][1] - marks[0][1], "message": run.flow.message}


def _longest(beats, since, until):
    gaps = [b - a for a, b in pairwise(beats) if b > since and a < until]
    return round(1000 * max(gaps, default=0.0), 1)
