"""How long Krita's event loop stands still during an edit: the heartbeat of a timer."""

import time
from itertools import pairwise

from PyQt5.QtCore import Qt, QTimer

from .artist import docker, trigger

BEAT_MS = 2


def edit(action):
    """An edit; the longest gap between heartbeats in each part of it, in ms."""
    beats, marks = [], [("start", time.perf_counter())]
    timer = QTimer()
    timer.setTimerType(Qt.PreciseTimer)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start(BEAT_MS)
    yield lambda: len(beats) > 20
    yield from _repaint(beats)
    marks.append(("repainting alone", time.perf_counter()))
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
    return {"gaps": found, "seconds": marks[-1][1] - marks[1][1], "message": run.flow.message}


def _repaint(beats):
    """Move the docker's progress bar for a while: what drawing alone costs on this machine."""
    panel = docker().panel
    for value in range(20):
        count = len(beats)
        panel.show_progress(True, value / 20)
        yield lambda count=count: len(beats) > count + 5
    panel.show_progress(False, None)


def _longest(beats, since, until):
    gaps = [b - a for a, b in pairwise(beats) if b > since and a < until]
    return round(1000 * max(gaps, default=0.0), 1)
