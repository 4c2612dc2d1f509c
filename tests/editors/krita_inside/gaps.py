"""How long Krita's event loop stands still during an edit, and how much of that is the plugin's.

A timer's heartbeat shows where the loop stands still, whoever holds it: Krita, Qt, other programs.
Beside it every call of the plugin on the UI thread is timed by itself.
"""

import time
from itertools import pairwise

from PyQt5.QtCore import Qt, QTimer

from sfumato import bench, laying, question, run, turns

from .artist import docker, trigger

BEAT_MS = 2
MODULES = (bench, laying, question, run, turns)


class Stopwatch:
    """Times what the plugin does on the UI thread while it is entered: (begin, end) in seconds."""

    def __init__(self):
        self.calls = []
        self._in_turns, self._on_ui_thread = turns.in_turns, turns.on_ui_thread

    def __enter__(self):
        self._use(self._timed_turns, self._timed_call)
        return self

    def __exit__(self, *_):
        self._use(self._in_turns, self._on_ui_thread)

    def _use(self, in_turns, on_ui_thread):
        for module in MODULES:
            for name, function in (("in_turns", in_turns), ("on_ui_thread", on_ui_thread)):
                if hasattr(module, name):
                    setattr(module, name, function)

    def _timed_turns(self, steps, done, failed):
        self._in_turns(self._timed_steps(steps), self._timed(done), failed)

    def _timed_call(self, function):
        self._on_ui_thread(self._timed(function))

    def _timed(self, function):
        def timed(*args):
            begin = time.perf_counter()
            try:
                return function(*args)
            finally:
                self.calls.append((begin, time.perf_counter()))

        return timed

    def _timed_steps(self, steps):
        following = self._timed(lambda: next(steps))
        while True:
            try:
                yield following()
            except StopIteration:
                return


def edit(action):
    """An edit; in each part of it the longest gap, and the plugin's longest call, in ms."""
    beats, marks = [], [("start", time.perf_counter())]
    timer = QTimer()
    timer.setTimerType(Qt.PreciseTimer)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start(BEAT_MS)
    yield lambda: len(beats) > 20
    yield from _repaint(beats)
    marks.append(("repainting alone", time.perf_counter()))
    with Stopwatch() as watch:
        yield from trigger(action)
        shown = docker().bench
        yield lambda: shown.run is not None
        flow = lambda: shown.run.flow  # noqa: E731
        yield lambda: flow().phase.value != "exporting"
        marks.append(("reading", time.perf_counter()))
        yield lambda: not flow().busy
        marks.append(("waiting", time.perf_counter()))
        yield lambda: flow().message not in ("Done.", "Inserting.")
        marks.append(("inserting", time.perf_counter()))
    beats.append(time.perf_counter())
    timer.stop()
    spans = [(name, since, until) for (_, since), (name, until) in pairwise(marks)]
    gaps = {name: _longest(pairwise(beats), since, until) for name, since, until in spans}
    ours = {name: _longest(watch.calls, since, until) for name, since, until in spans[1:]}
    seconds = marks[-1][1] - marks[1][1]
    return {"gaps": gaps, "ours": ours, "seconds": seconds, "message": flow().message}


def _repaint(beats):
    """Move the docker's progress bar for a while: what drawing alone costs on this machine."""
    panel = docker().panel
    for value in range(20):
        count = len(beats)
        panel.show_progress(True, value / 20)
        yield lambda count=count: len(beats) > count + 5
    panel.show_progress(False, None)


def _longest(stretches, since, until):
    lengths = [end - begin for begin, end in stretches if end > since and begin < until]
    return round(1000 * max(lengths, default=0.0), 1)
