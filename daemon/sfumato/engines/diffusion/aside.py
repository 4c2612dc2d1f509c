"""Fills beside the step loop: the passes of recipes that need no model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

from sfumato.engines.base import Refused
from sfumato.engines.diffusion.loader import Loader
from sfumato.engines.fill.engine import FillEngine
from sfumato.engines.messages import Ending, Failed, WorkReport
from sfumato.engines.work import Work


class Aside:
    """The fill engine in the diffusion engine's host, one work after the other.

    It takes its steps in a thread that stands still while models take theirs, as loading does. All
    methods belong to one thread.
    """

    def __init__(self) -> None:
        self._engine = FillEngine("cpu", {})
        self._loader: Loader[list[WorkReport]] = Loader()
        self._works: dict[str, Work] = {}
        self._begun: set[str] = set()
        self._held: set[str] = set()
        self._at = ""

    def __contains__(self, work_id: object) -> bool:
        """Whether this work is here."""
        return work_id in self._works

    @property
    def busy(self) -> bool:
        """Whether there is anything to do."""
        return any(work_id not in self._held for work_id in self._works)

    def start(self, work: Work) -> None:
        """Take up a work, which waits for its turn."""
        self._works[work.id] = work

    def turn(self) -> Iterator[WorkReport]:
        """Report of a step that is done, and begin the next."""
        if self._loader.busy:
            if not self._loader.ready:
                return
            yield from self._done(self._loader.take())
        due = next((work_id for work_id in self._works if work_id not in self._held), None)
        if due is None:
            return
        try:
            self._resume(due)
        except Refused as refused:
            self.cancel(due)
            yield Failed(due, refused.code, refused.message, refused=True)
            return
        self._at = due
        self._loader.begin(lambda: list(self._engine.step()))

    def wait(self, seconds: float) -> None:
        """Let a step go on; returns earlier if it is done, or none is on its way."""
        self._loader.wait(seconds)

    def giving_way(self) -> AbstractContextManager[None]:
        """Filling stands still inside, and has its turn afterwards."""
        return self._loader.standing_still()

    def hold(self, work_id: str) -> None:
        """Let this work stand still after its step."""
        self._held.add(work_id)

    def resume(self, work_id: str) -> None:
        """Go on with held work."""
        self._held.discard(work_id)

    def cancel(self, work_id: str) -> None:
        """Forget this work; a step that it has begun comes to nothing."""
        self._works.pop(work_id, None)
        self._held.discard(work_id)
        if not (self._loader.busy and self._at == work_id):
            self._drop(work_id)

    def close(self) -> None:
        """Wait for the step on its way, and forget everything."""
        self._loader.close()
        self._engine.close()

    def _done(self, reports: list[WorkReport]) -> Iterator[WorkReport]:
        if self._at not in self._works:
            self._drop(self._at)  # It was cancelled meanwhile.
            return
        if any(isinstance(report, Ending) for report in reports):
            self.cancel(self._at)
        yield from reports

    def _resume(self, work_id: str) -> None:
        if work_id in self._begun:
            self._engine.resume(work_id)
        else:
            self._engine.start(self._works[work_id])
            self._begun.add(work_id)

    def _drop(self, work_id: str) -> None:
        self._engine.cancel(work_id)
        self._begun.discard(work_id)
