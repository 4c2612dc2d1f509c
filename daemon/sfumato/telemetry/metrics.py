"""The moments as metrics for Prometheus, and what is read when it asks: queue and devices.

Labels come from short lists (engines, models, classes, codes), never from who asked or what for: so
a studio's metrics tell nothing of its artists, and their number stays small.
"""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

import sfumato
from sfumato.jobs.job import JobState, Priority
from sfumato.jobs.moments import (
    About,
    Accepted,
    Begun,
    Delivered,
    Ended,
    Moment,
    Noticed,
    Refused,
    Sent,
    Stepped,
)

if TYPE_CHECKING:
    from sfumato.jobs.load import Load

_STEP = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 15, 60)
_WAIT = (0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600)
_BATCH = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)


class Metrics:
    """Counts moments into ``registry``."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        of_job = ("engine", "model", "class")

        def counter(name: str, says: str, *labels: str) -> Counter:
            return Counter(f"sfumato_{name}", says, labels, registry=registry)

        def histogram(
            name: str, says: str, labels: tuple[str, ...], buckets: tuple[float, ...]
        ) -> Histogram:
            return Histogram(f"sfumato_{name}", says, labels, buckets=buckets, registry=registry)

        self._accepted = counter("edits_accepted", "Edits and questions taken.", *of_job)
        self._ended = counter("edits_ended", "Those that are over.", *of_job, "outcome")
        self._delivered = counter("edits_delivered", "Those sent to their owner whole.", *of_job)
        self._waits = histogram("wait_seconds", "From queue to engine.", ("class",), _WAIT)
        self._stages = histogram(
            "stage_seconds", "Where the time of finished edits went.", ("engine", "stage"), _WAIT
        )
        self._steps = histogram("step_seconds", "One engine step.", ("engine", "device"), _STEP)
        self._batch = histogram("batch_size", "Jobs in a step.", ("engine", "device"), _BATCH)
        self._errors = counter("errors", "Failed jobs, refused calls, lost engines.", "kind")
        self._received = counter("received_bytes", "Pixels of accepted edits, as they travelled.")
        self._sent = counter("sent_bytes", "Pixels of results, as they travelled.")

    def __call__(self, moment: Moment) -> None:
        """Count a moment."""
        match moment:
            case Accepted(about, received):
                self._accepted.labels(*_labels(about)).inc()
                self._received.inc(received)
            case Begun(about, waited):
                self._waits.labels(_class(about.priority)).observe(waited)
            case Stepped(engine, device, batch, seconds):
                self._steps.labels(engine, device).observe(seconds)
                self._batch.labels(engine, device).observe(batch)
            case Ended():
                self._over(moment)
            case Noticed(_, "ENGINE_RESTARTED"):
                self._errors.labels("ENGINE_RESTARTED").inc()
            case Sent(size=size):
                self._sent.inc(size)
            case Delivered(about):
                self._delivered.labels(*_labels(about)).inc()
            case Refused(reason=reason):
                self._errors.labels(reason).inc()
            case _:
                pass

    def _over(self, ended: Ended) -> None:
        self._ended.labels(*_labels(ended.about), ended.state).inc()
        if ended.code:
            self._errors.labels(ended.code).inc()
        if ended.state is JobState.DONE:
            for stage, seconds in asdict(ended.timings).items():
                self._stages.labels(ended.about.engine, stage).observe(seconds)


class Reading(Collector):
    """What is true at the moment of asking. ``read`` is called for every scrape."""

    def __init__(self, read: Callable[[], Load]) -> None:
        self._read = read

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing ahead: that would be a scrape when the registry takes this in."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges, from one look at the daemon."""
        load = self._read()
        info = _gauge("info", "The daemon.", "version")
        info.add_metric([sfumato.__version__], 1)
        yield info
        yield from _queue(load)
        yield from _hosts(load)


def _queue(load: Load) -> Iterator[GaugeMetricFamily]:
    lengths = _gauge("queue_length", "Jobs that have not ended.", "class", "state")
    jobs = Counts((place.priority, place.state) for place in load.places)
    for priority in Priority:
        for state in (JobState.QUEUED, JobState.PAUSED, JobState.RUNNING):
            lengths.add_metric([_class(priority), state], jobs[priority, state])
    yield lengths
    oldest = _gauge("queue_oldest_seconds", "How long the first has waited.", "class")
    for priority in Priority:
        waits = [
            place.seconds
            for place in load.places
            if place.priority is priority and place.state is JobState.QUEUED
        ]
        oldest.add_metric([_class(priority)], max(waits, default=0.0))
    yield oldest


def _hosts(load: Load) -> Iterator[GaugeMetricFamily]:
    names = ("host", "engine", "device")
    running = _gauge("host_running", "Jobs that an engine works on.", *names)
    capacity = _gauge("host_capacity", "How many it takes at once.", *names)
    up = _gauge("host_up", "1 if the engine has a process that is ready.", *names)
    resident = _gauge("host_resident_bytes", "Main memory of the engine's process.", *names)
    taken = _gauge("device_memory_used_bytes", "Taken of a device, by whomever.", "device")
    there = _gauge("device_memory_bytes", "Memory of a device.", "device")
    for host in load.hosts:
        labels = [host.name, host.engine, host.device]
        running.add_metric(labels, host.running)
        capacity.add_metric(labels, host.capacity)
        up.add_metric(labels, host.ready)
        resident.add_metric(labels, host.resident)
    for device, (used, total) in load.memory.items():
        taken.add_metric([device], used)
        there.add_metric([device], total)
    yield from (running, capacity, up, resident, taken, there)


def _gauge(name: str, says: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"sfumato_{name}", says, labels=labels)


def _labels(about: About) -> tuple[str, str, str]:
    return about.engine, about.model, _class(about.priority)


def _class(priority: Priority) -> str:
    return priority.name.lower()
