"""Patches made ready for their model, in threads beside the step loop, before their turn comes.

Scaling a window and telling its picture from others takes the processor as long as a fast GPU
takes for a step or two.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from sfumato.engines.devices import attempt
from sfumato.engines.diffusion.decoder import Room
from sfumato.engines.diffusion.job import Job, Place
from sfumato.engines.diffusion.painting import Draft
from sfumato.engines.diffusion.placement import thrift_named
from sfumato.engines.diffusion.studio import Studio

THREADS = 4
TOGETHER = 8
"""Edits that begin in one turn at most: what they begin with is remembered until then."""

Waiting = tuple[Job, Place]


class Drafts:
    """Drafts of patches that may begin."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="draft")
        self._doing: dict[str, dict[Place, Future[Draft]]] = {}
        self._room = Room()

    def of(self, job: Job, studio: Studio) -> list[Waiting]:
        """Draft what may begin of a job, whose model is ``studio``; what of it is ready."""
        doing = self._doing.setdefault(job.id, {})
        for place in job.startable:
            if place not in doing:
                patch, filled = job.patch(place)
                doing[place] = self._threads.submit(Draft.of, patch, job.parameters, studio, filled)
        return [(job, place) for place, draft in doing.items() if draft.done()]

    def take(self, job: Job, place: Place) -> Draft:
        """A draft that is ready."""
        return self._doing[job.id].pop(place).result()

    def encode(self, ready: Sequence[Waiting], studio: Studio) -> Sequence[Waiting] | None:
        """Encode the pictures of the first, and of others of its model and size, together.

        Returns those that can begin now; None where memory is too short even for the first.
        """
        batch, drafts = self._together(ready, studio)
        size, seen = drafts[0].frame.size, sum(len(draft.views.seen) for draft in drafts)
        with attempt() as tried:
            most = self._room.most(studio, size)
            studio.preparation.encode([draft.views for draft in drafts], most)
        if tried.short:
            return [] if self._room.short(size, min(most, seen)) else None
        return batch

    def forget(self, work_id: str) -> None:
        """Nobody wants these any more."""
        for draft in self._doing.pop(work_id, {}).values():
            draft.cancel()

    def wait(self, seconds: float) -> None:
        """Let drafts be made; returns earlier if one is ready, or none was begun."""
        doing = [draft for drafts in self._doing.values() for draft in drafts.values()]
        wait(doing, seconds, FIRST_COMPLETED)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _together(
        self, ready: Sequence[Waiting], studio: Studio
    ) -> tuple[list[Waiting], list[Draft]]:
        drafts = {(job, place): self._doing[job.id][place].result() for job, place in ready}
        thrift, size = studio.adapter.placement.thrift, drafts[ready[0]].frame.size
        alike = [
            (job, place)
            for job, place in ready
            if job.parameters.model == studio.model.name
            and thrift_named(job.work.thrift) <= thrift
            and drafts[job, place].frame.size == size
        ]
        batch = alike[:TOGETHER]
        return batch, [drafts[each] for each in batch]
