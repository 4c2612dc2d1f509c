"""What comes back from the daemon, told as events."""

from __future__ import annotations

from sfumato_client import events
from sfumato_client.chunks import Chunk
from sfumato_client.errors import Protocol
from sfumato_client.result import Expected, Incoming, bounds_of
from sfumato_client.wire import inpainting_pb2

PREVIEW_BYTES = 64 << 10


class Assembler:
    """Turns the daemon's messages into events, and chunks into whole results."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        self._result: Incoming | None = None
        self._told: set[tuple[str, int]] = set()
        self._job_id = ""

    @property
    def whole_variations(self) -> int:
        """How many variations from 0 on are here whole; they need not be sent again."""
        count = 0
        while ("", count) in self._told:
            count += 1
        return count

    def restart(self) -> None:
        """Forget the result under way; the stream that carried it broke."""
        self._result = None

    def take(self, message: inpainting_pb2.InpaintEvent | Chunk) -> events.Event | None:
        """Take one message; return the event it completes, if it does.

        What was told before a re-attach is not told again. Raises ``Protocol`` for anything that
        the contract forbids.
        """
        if isinstance(message, Chunk):
            return self._chunk(message)
        kind = message.WhichOneof("event")
        if kind == "chunk":
            return self._chunk(Chunk(message.chunk.plane, [message.chunk.data]))
        if self._result is not None:
            raise Protocol("The daemon broke off a result in the middle.")
        if kind == "result":
            self._result = Incoming(message.result, self._expected)
            return self._finished()
        if kind == "accepted":
            return self._accepted(message.accepted)
        return _SIMPLE[kind](message) if kind in _SIMPLE else None

    def _accepted(self, accepted: inpainting_pb2.Accepted) -> events.Event | None:
        if not accepted.job_id:
            raise Protocol("The daemon accepted a job without naming it.")
        if accepted.job_id == self._job_id:
            return None
        self._job_id = accepted.job_id
        return events.Accepted(accepted.job_id, accepted.existing)

    def _chunk(self, chunk: Chunk) -> events.Event | None:
        if self._result is None:
            raise Protocol("The daemon sent pixels that it did not announce.")
        self._result.add(chunk)
        return self._finished()

    def _finished(self) -> events.Event | None:
        if self._result is None or not self._result.whole:
            return None
        result, self._result = self._result.finish(), None
        key = (result.stage, result.variation)
        if key in self._told:
            return None
        self._told.add(key)
        return result


def _queued(message: inpainting_pb2.InpaintEvent) -> events.Event:
    queued = message.queued
    eta = queued.eta_seconds if queued.HasField("eta_seconds") else None
    return events.Queued(queued.position, eta)


def _started(message: inpainting_pb2.InpaintEvent) -> events.Event:
    return events.Started(message.started.engine, message.started.model)


def _progress(message: inpainting_pb2.InpaintEvent) -> events.Event:
    progress = message.progress
    eta = progress.eta_seconds if progress.HasField("eta_seconds") else None
    return events.Progress(progress.step, progress.steps, progress.phase, eta)


def _preview(message: inpainting_pb2.InpaintEvent) -> events.Event:
    preview = message.preview
    if len(preview.image) > PREVIEW_BYTES:
        raise Protocol("The daemon sent a preview of more than 64 kB.")
    bounds = bounds_of(preview.bounds)
    return events.Preview(bounds, preview.image, preview.variation, preview.draft)


def _notice(message: inpainting_pb2.InpaintEvent) -> events.Event:
    return events.Notice(message.notice.code, message.notice.message)


def _done(message: inpainting_pb2.InpaintEvent) -> events.Event:
    done = message.done
    timings = {field.name: value for field, value in done.timings.ListFields()}
    return events.Done(done.seed, done.resolved, timings)


# Events of a newer minor version are left out: they add, they do not change.
_SIMPLE = {
    "queued": _queued,
    "started": _started,
    "progress": _progress,
    "preview": _preview,
    "notice": _notice,
    "done": _done,
}
