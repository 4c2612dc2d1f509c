"""How long Krita's event loop stands still during an edit, and how much of that is the plugin's.

A timer's heartbeat shows where the loop stands still, whoever holds it: Krita, Qt, other programs.
Beside it every call of the plugin on the UI thread is timed by itself, by the clock and in
processor time of that thread, which other programs cannot lengthen.
"""

import time
from contextlib import contextmanager
from itertools import pairwise

from krita import Krita
from PyQt5.QtCore import QRect, Qt, QTimer

from sfumato import bench, laying, overlay, question, run, turns

from .artist import docker, trigger

BEAT_MS = 2
SETTLING_S = 1.0
MODULES = (bench, laying, question, run, turns)


def now():
    """The clock, and the UI thread's processor time, in seconds."""
    return time.perf_counter(), time.thread_time()


class Stopwatch:
    """Times what the plugin does on the UI thread while it is entered: pairs of ``now``."""

    def __init__(self):
        self.calls = []
        self._in_turns, self._on_ui_thread = turns.in_turns, turns.on_ui_thread
        self._painting = overlay.Overlay.paintEvent

    def __enter__(self):
        self._use(self._timed_turns, self._timed_call)
        overlay.Overlay.paintEvent = self._timed(self._painting)
        self._follow_by(self._timed(overlay.Overlay._follow))
        return self

    def __exit__(self, *_):
        self._use(self._in_turns, self._on_ui_thread)
        overlay.Overlay.paintEvent = self._painting
        self._follow_by(overlay.Overlay._follow)

    def _use(self, in_turns, on_ui_thread):
        for module in MODULES:
            for name, function in (("in_turns", in_turns), ("on_ui_thread", on_ui_thread)):
                if hasattr(module, name):
                    setattr(module, name, function)

    def _follow_by(self, function):
        shown = docker().overlay
        shown._timer.timeout.disconnect()
        shown._timer.timeout.connect(lambda: function(shown))

    def _timed_turns(self, steps, done, failed):
        self._in_turns(self._timed_steps(steps), self._timed(done), failed)

    def _timed_call(self, function):
        self._on_ui_thread(self._timed(function))

    def _timed(self, function):
        def timed(*args):
            begin = now()
            try:
                return function(*args)
            finally:
                self.calls.append((begin, now()))

        return timed

    def _timed_steps(self, steps):
        following = self._timed(lambda: next(steps))
        while True:
            try:
                yield following()
            except StopIteration:
                return


@contextmanager
def heartbeat():
    """The times at which the event loop came round, ``now`` each."""
    beats = [now()]
    timer = QTimer()
    timer.setTimerType(Qt.PreciseTimer)
    timer.timeout.connect(lambda: beats.append(now()))
    timer.start(BEAT_MS)
    yield beats
    timer.stop()
    beats.append(now())


def edit(action):
    """An edit; in each part of it the longest gap, and the plugin's longest call.

    Both in ms by the clock and of the UI thread's processor. What came before the edit has time to
    settle, and what Krita does after the layer is there counts as inserting.
    """
    yield from rest(SETTLING_S)
    marks = [("start", time.perf_counter())]
    with heartbeat() as beats, Stopwatch() as watch:
        yield from trigger(action)
        shown = docker().bench
        yield lambda: shown.run is not None
        flow = lambda: shown.run.flow  # noqa: E731
        yield lambda: flow().phase.value != "exporting"
        marks.append(("reading", time.perf_counter()))
        yield lambda: not flow().busy
        marks.append(("waiting", time.perf_counter()))
        yield lambda: flow().message not in ("Done.", "Inserting.")
        yield from rest(SETTLING_S)
        marks.append(("inserting", time.perf_counter()))
    spans = [(name, since, until) for (_, since), (name, until) in pairwise(marks)]
    gaps = {name: _longest(pairwise(beats), since, until) for name, since, until in spans}
    ours = {name: _longest(watch.calls, since, until) for name, since, until in spans}
    seconds = marks[-1][1] - marks[0][1] - SETTLING_S
    return {"gaps": gaps, "ours": ours, "seconds": seconds, "message": flow().message}


def idle(seconds, repaint_s=0.0):
    """Krita with the plugin at rest; with ``repaint_s`` what it shows is drawn so often.

    That is what any other picture over the canvas and any other text in a docker would cost: the
    same places are drawn anew, and nothing of the plugin runs.
    """
    places = [(docker().panel, docker().panel.rect()), _canvas_and_middle()]
    timer = QTimer()
    timer.timeout.connect(lambda: [widget.update(place) for widget, place in places])
    if repaint_s:
        timer.start(round(1000 * repaint_s))
    told = yield from at_work(seconds)
    timer.stop()
    return told


def _canvas_and_middle():
    """The canvas, and as much of it as a preview of the tests' selection covers."""
    canvas = overlay.canvas_of(Krita.instance().activeWindow())
    place = QRect(0, 0, canvas.width() // 4, canvas.height() // 4)
    place.moveCenter(canvas.rect().center())
    return canvas, place


def at_work(seconds):
    """So many seconds: gaps between beats, calls, each in ms by the clock and of the processor."""
    with heartbeat() as beats, Stopwatch() as watch:
        yield from rest(seconds)
    return {"gaps": _milliseconds(pairwise(beats)), "ours": _milliseconds(watch.calls)}


def rest(seconds):
    """Do nothing for so long."""
    until = time.perf_counter() + seconds
    yield lambda: time.perf_counter() > until


def _milliseconds(stretches):
    return [
        [round(1000 * (after - before), 2) for before, after in zip(begin, end, strict=True)]
        for begin, end in stretches
    ]


def _longest(stretches, since, until):
    within = [(begin, end) for begin, end in stretches if end[0] > since and begin[0] < until]
    return [max(column) for column in zip(*_milliseconds(within), strict=True)] or [0.0, 0.0]
