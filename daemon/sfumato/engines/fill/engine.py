"""The fill engine: takes away what is selected and continues its surroundings, without weights."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from sfumato.engines.base import Refused
from sfumato.engines.edit import Edit, Patch
from sfumato.engines.fill.draft import draft
from sfumato.engines.fill.filling import filled_in
from sfumato.engines.fill.holes import marks_of
from sfumato.engines.fill.surface import Surface
from sfumato.engines.messages import (
    Ending,
    Failed,
    Finished,
    Notice,
    Preview,
    Progress,
    Timings,
    VariationDone,
    WorkReport,
)
from sfumato.engines.parameters import Gray, Operation
from sfumato.engines.work import Work

PREVIEW_SECONDS = 0.5
"""Previews come no closer than this, however many regions an edit has."""
PARTS = 20
"""Progress is told so many times: a fill takes hundreds of steps, which nobody wants to hear of."""

FIGURES = (
    "Texture and lines are continued; people, animals and things that the border cuts off are not "
    "completed. For those, extend with a diffusion model and a prompt."
)


@dataclass(slots=True)
class _Filling:
    """A work on its way, and the seconds it has taken so far."""

    reports: Generator[WorkReport | None]
    seconds: float = 0.0


class FillEngine:
    """``engines.base.Engine`` for one work at a time, and any number that are held, on the CPU.

    It knows no options. Most steps are short, but the last of a large hole can take seconds, so its
    spec says ``interruptible=False``.
    """

    def __init__(self, device: str, options: Mapping[str, str]) -> None:
        self._works: dict[str, _Filling] = {}
        self._running = ""

    @property
    def busy(self) -> bool:
        """Whether a step would do something."""
        return bool(self._running)

    @property
    def loaded(self) -> Mapping[str, int]:
        """No models."""
        return {}

    def start(self, work: Work) -> None:
        """Take up work; ``Refused`` for what cannot be done without a model."""
        if work.parameters.operation is not Operation.REMOVE:
            raise Refused(
                "NEEDS_MODEL",
                "The fill engine removes things and cannot paint what a prompt describes. "
                "For that, get a diffusion model: `sfumato models list` shows which there are, "
                "`sfumato models pull NAME` gets one.",
            )
        if work.parameters.gray is not Gray.BLEND:
            raise Refused(
                "GRAY_UNSUPPORTED",
                "The fill engine cannot change pixels by degrees. Use gray as opacity (blend).",
            )
        self._works[work.id] = _Filling(_reports(work))
        self._running = work.id

    def step(self) -> Iterable[WorkReport]:
        """Advance the work by one step."""
        if not self._running:
            return []
        work_id, work = self._running, self._works[self._running]
        began = time.monotonic()
        report: WorkReport | None
        try:
            report = next(work.reports)
        except Refused as refused:
            report = Failed(work_id, refused.code, refused.message, refused=True)
        work.seconds += time.monotonic() - began
        if isinstance(report, Finished):
            report = dataclasses.replace(report, timings=Timings(engine=work.seconds))
        if isinstance(report, Ending):
            self.cancel(work_id)
        return [] if report is None else [report]

    def hold(self, work_id: str) -> None:
        """Let this work stand still; another may be started or resumed."""
        self._running = ""

    def resume(self, work_id: str) -> None:
        """Go on with held work."""
        self._running = work_id

    def cancel(self, work_id: str) -> None:
        """Forget this work."""
        work = self._works.pop(work_id, None)
        if work is not None:
            work.reports.close()
        if self._running == work_id:
            self._running = ""

    def close(self) -> None:
        """Forget everything."""
        for work_id in list(self._works):
            self.cancel(work_id)


def _reports(work: Work) -> Generator[WorkReport | None]:
    """All that happens to a work, a step between two reports; None is nothing new."""
    shown = float("-inf")
    if work.known is not None:
        yield Notice(work.id, "FIGURES_NOT_CONTINUED", FIGURES)
    with Edit(work) as edit:
        parts = max(1, PARTS // max(1, edit.size))
        for index, patch in enumerate(edit.patches()):
            marks = marks_of(patch, work.parameters.grow)
            surface = Surface.of(patch, marks.gone)
            if time.monotonic() - shown > PREVIEW_SECONDS:
                yield from _preview(edit, patch, draft(surface.result, ~surface.source), True)
                shown = time.monotonic()
            part = 0
            seed = work.parameters.seed + patch.variation
            for done in filled_in(surface, patch, marks, seed):
                before, part = part, min(int(done * parts), parts - 1)  # the last is delivery
                step = index * parts + part
                new = part > before
                yield Progress(work.id, step, edit.size * parts, "filling") if new else None
            edit.deliver(patch, surface.result)
            if time.monotonic() - shown > PREVIEW_SECONDS:
                yield from _preview(edit, patch, surface.result, False)
                shown = time.monotonic()
            yield Progress(work.id, (index + 1) * parts, edit.size * parts, "filling")
            if patch.region == len(work.regions) - 1:
                yield VariationDone(work.id, patch.variation, seed)
    yield Finished(work.id, dataclasses.replace(work.parameters, model="fill"), Timings())


def _preview(edit: Edit, patch: Patch, colour: np.ndarray, draft: bool) -> Iterator[Preview]:
    preview = edit.preview(patch, colour, draft)
    if preview is not None:
        yield preview
