"""Selections without weights: GrabCut for boxes and clicks, a cascade for faces."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sfumato.engines.messages import Finished, Progress, Timings, Work, WorkReport
from sfumato.engines.segment.answer import Thing, deliver, distinctness, picture_of, smooth
from sfumato.engines.segment.faces import faces, soft_ellipse
from sfumato.engines.segment.grabcut import cut
from sfumato.engines.segment.prompt import prompts
from sfumato.engines.target import Target


@dataclass(frozen=True, slots=True)
class _Running:
    work: Work
    reports: Generator[WorkReport]


class SegmentEngine:
    """``engines.base.Engine`` for one question at a time, on the CPU.

    It knows no options. The service asks it only for what it can answer.
    """

    def __init__(self, device: str, options: Mapping[str, str]) -> None:
        self._running: _Running | None = None

    @property
    def busy(self) -> bool:
        """Whether a step would do something."""
        return self._running is not None

    def start(self, work: Work) -> None:
        """Take up a question."""
        self._running = _Running(work, _reports(work))

    def step(self) -> Iterable[WorkReport]:
        """Advance by one step."""
        if self._running is None:
            return []
        try:
            return [next(self._running.reports)]
        except StopIteration:
            self._running = None
        return []

    def cancel(self, work_id: str) -> None:
        """Forget this question."""
        if self._running is not None and self._running.work.id == work_id:
            self._running.reports.close()
            self._running = None

    def close(self) -> None:
        """Forget everything."""
        if self._running is not None:
            self.cancel(self._running.work.id)


def _reports(work: Work) -> Generator[WorkReport]:
    """All that happens to a question, a step between two reports."""
    begun = time.monotonic()
    target = work.target
    assert target is not None
    image = picture_of(work)
    things: list[Thing] = []
    searches: list[Generator[None, None, list[Thing]]] = [_pointed_at(image, target, work)]
    if target.face:
        searches.append(_faces(image))
    step = 0
    for search in searches:
        while True:
            try:
                next(search)
            except StopIteration as end:
                things += end.value
                break
            step += 1
            # How many steps there are is known only at the end.
            yield Progress(work.id, step, step + 1, "looking")
    yield deliver(work, things)
    yield Finished(work.id, work.parameters, Timings(engine=time.monotonic() - begun))


def _pointed_at(
    image: NDArray[np.uint8], target: Target, work: Work
) -> Generator[None, None, list[Thing]]:
    things = []
    for prompt in prompts(target, work.regions[0].window):
        area = yield from cut(image, prompt)
        things.append(Thing(smooth(area), distinctness(image, area)))
    return things


def _faces(image: NDArray[np.uint8]) -> Generator[None, None, list[Thing]]:
    found = yield from faces(image)
    return [
        Thing(soft_ellipse(face.place, image.shape[:2]), face.confidence, "face") for face in found
    ]
