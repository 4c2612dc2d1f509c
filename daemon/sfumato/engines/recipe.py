"""Recipes: several passes over one edit, each on the result of the last, with any engine.

An engine knows one pass. What stands here gives it one after the other, under the name of the whole
work, and puts their reports together. Each pass of each variation is a work of its own for it: its
picture is what the pass before has made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sfumato.engines.base import Engine, Refused
from sfumato.engines.messages import (
    Failed,
    Finished,
    Notice,
    Preview,
    Progress,
    Timings,
    VariationDone,
    WorkReport,
)
from sfumato.engines.parameters import Parameters
from sfumato.engines.work import Work

PARTS = 100
"""Progress is told in so many parts of a pass."""


class Recipes:
    """``engines.base.Engine`` around another one, to which works of several passes are new."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._courses: dict[str, _Course] = {}

    @property
    def busy(self) -> bool:
        """Whether a step would do something."""
        return self._engine.busy or any(course.done for course in self._courses.values())

    @property
    def loaded(self) -> Mapping[str, int]:
        """The models that the engine has loaded."""
        return self._engine.loaded

    def start(self, work: Work) -> None:
        """Take up work; ``Refused`` if it cannot be done."""
        if not work.stages:
            self._engine.start(work)
            return
        course = _Course(work)
        if not course.done:
            self._engine.start(course.due())
        self._courses[work.id] = course

    def step(self) -> Iterable[WorkReport]:
        """Advance what is running by one step, and report of recipes as of one work."""
        # An earlier attempt ended between its last pass and its end.
        for ended in [each for each in self._courses.values() if each.done]:
            del self._courses[ended.work.id]
            yield ended.finished()
        for report in self._engine.step():
            course = self._courses.get(report.work_id)
            if course is None:
                yield report
            elif isinstance(report, Finished):
                yield from self._passed(course, report)
            else:
                yield from self._told(course, report)

    def hold(self, work_id: str) -> None:
        """Let this work stand still."""
        self._engine.hold(work_id)

    def resume(self, work_id: str) -> None:
        """Go on with held work from where it was."""
        self._engine.resume(work_id)

    def cancel(self, work_id: str) -> None:
        """Forget this work."""
        self._courses.pop(work_id, None)
        self._engine.cancel(work_id)

    def close(self) -> None:
        """Give back memory and devices."""
        self._courses.clear()
        self._engine.close()

    def _passed(self, course: _Course, finished: Finished) -> Iterator[WorkReport]:
        """A pass is done: tell what it made, and begin the next."""
        yield from course.passed(finished)
        if course.done:
            del self._courses[course.work.id]
            yield replace(course.finished(), environment=finished.environment)
            return
        try:
            self._engine.start(course.due())
        except Refused as refused:
            del self._courses[course.work.id]
            yield Failed(course.work.id, refused.code, refused.message, refused=True)

    def _told(self, course: _Course, report: WorkReport) -> Iterator[WorkReport]:
        told = course.told(report)
        if isinstance(told, Failed):
            del self._courses[course.work.id]
        if told is not None:
            yield told


@dataclass
class _Course:
    """Where a work is in its recipe: ``left`` are the passes to come, by variation and stage."""

    work: Work
    left: list[tuple[int, int]] = field(default_factory=list)
    resolved: Parameters | None = None
    noticed: set[str] = field(default_factory=set)
    load: float = 0.0
    engine: float = 0.0

    def __post_init__(self) -> None:
        self.left = [*self.work.to_come]
        self.resolved = self.work.resolved
        self._all = self.work.passes * self.work.parameters.variations

    @property
    def done(self) -> bool:
        """Whether there is no pass left."""
        return not self.left

    def due(self) -> Work:
        """The next pass as a work."""
        from sfumato.engines.passes import pass_of  # Only who does recipes needs it.

        return pass_of(self.work, *self.left[0])

    def told(self, report: WorkReport) -> WorkReport | None:
        """A pass's report as one of the whole; None for what concerns the pass alone."""
        variation, stage = self.left[0]
        match report:
            case Progress(step=step, steps=steps, phase=phase):
                before = (self._all - len(self.left)) * PARTS
                # Until a pass knows its steps it has done none.
                share = step * PARTS // steps if steps else 0
                phase = f"{self.work.stages[stage].name}: {phase}"
                return Progress(self.work.id, before + share, self._all * PARTS, phase)
            case Preview():
                return replace(report, variation=variation)
            case Notice(code=code) if code in self.noticed:
                return None
            case Notice(code=code):
                self.noticed.add(code)
            case VariationDone():
                return None
        return report

    def passed(self, finished: Finished) -> Iterator[WorkReport]:
        """Finish a pass's pixels, and tell of them."""
        from sfumato.engines.passes import finish

        variation, stage = self.left.pop(0)
        self.load += finished.timings.load
        self.engine += finished.timings.engine
        if not stage:
            self.resolved = self.resolved or finished.resolved
        finish(self.work, variation, stage)
        result = self.work.result(variation, stage)
        if result not in self.work.finished:  # Else it was told, and is the same.
            seed = self.work.parameters.seed + variation
            yield VariationDone(self.work.id, result, seed, self.resolved)

    def finished(self) -> Finished:
        """The end of the whole."""
        return Finished(self.work.id, self._used(), Timings(load=self.load, engine=self.engine))

    def _used(self) -> Parameters:
        """What makes all of this again: what a recipe's name was asked with, or its first pass."""
        asked = self.work.parameters
        first = self.resolved or self.work.stages[0].parameters
        if asked.preset != self.work.stages[0].parameters.preset:
            return asked
        return replace(
            first,
            seed=asked.seed,
            variations=asked.variations,
            seam_pass=asked.seam_pass or first.seam_pass,
        )
