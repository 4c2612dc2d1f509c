"""What engines for questions have in common: one question at a time, its searches in steps."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sfumato.engines.base import Refused
from sfumato.engines.messages import Failed, Finished, Progress, Timings, WorkReport
from sfumato.engines.segment.answer import Thing, deliver, distinctness, picture_of, smooth
from sfumato.engines.segment.faces import faces, soft_ellipse
from sfumato.engines.segment.grabcut import cut
from sfumato.engines.segment.prompt import Prompt
from sfumato.engines.target import Target
from sfumato.engines.work import Work

Image = NDArray[np.uint8]
"""(height, width, 3), sRGB."""
Search = Generator[str | None, None, list[Thing]]
"""Looks for things and yields between steps what it does next; None: it looks."""


@dataclass(frozen=True, slots=True)
class _Running:
    work: Work
    reports: Generator[WorkReport]


class Answering:
    """``engines.base.Engine`` for one question at a time; ``searches`` says how to answer it."""

    def __init__(self) -> None:
        self._running: _Running | None = None

    def searches(self, image: Image, work: Work, target: Target) -> Iterable[Search]:
        """All that is to be looked for; the things that are found make the answer."""
        raise NotImplementedError

    @property
    def busy(self) -> bool:
        """Whether a step would do something."""
        return self._running is not None

    @property
    def loaded(self) -> Mapping[str, int]:
        """No models, unless it answers with some."""
        return {}

    def start(self, work: Work) -> None:
        """Take up a question."""
        self._running = _Running(work, self._reports(work))

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

    def _reports(self, work: Work) -> Generator[WorkReport]:
        """All that happens to a question, a step between two reports."""
        begun = time.monotonic()
        target = work.target
        assert target is not None
        image = picture_of(work)
        things: list[Thing] = []
        step = 0
        try:
            for search in self.searches(image, work, target):
                while True:
                    try:
                        phase = next(search)
                    except StopIteration as end:
                        things += end.value
                        break
                    step += 1
                    # How many steps there are is known only at the end.
                    yield Progress(work.id, step, step + 1, phase or "looking")
        except Refused as refused:
            yield Failed(work.id, refused.code, refused.message, refused=True)
            return
        yield deliver(work, things)
        yield Finished(work.id, work.parameters, Timings(engine=time.monotonic() - begun))


def cut_out(image: Image, asked: Iterable[Prompt]) -> Search:
    """What is pointed at, by GrabCut."""
    things = []
    for prompt in asked:
        area = yield from cut(image, prompt)
        things.append(Thing(smooth(area), distinctness(image, area)))
    return things


def faces_in(image: Image) -> Search:
    """Faces, by the cascade."""
    found = yield from faces(image)
    return [
        Thing(soft_ellipse(face.place, image.shape[:2]), face.confidence, "face") for face in found
    ]
