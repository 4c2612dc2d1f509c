"""Quick looks at unfinished latents, drawn beside the step loop at a bounded rate."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from sfumato.engines.diffusion.job import Job
from sfumato.engines.diffusion.painting import Painting
from sfumato.engines.diffusion.studio import Studio
from sfumato.engines.messages import Preview

INTERVAL = 0.5
"""Seconds between two previews of one job at least."""


class Previewer:
    """Draws previews in a thread of its own, one at a time."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="preview")
        self._drawing: tuple[str, Future[Preview | None]] | None = None
        self._shown: dict[str, float] = {}

    def offer(self, job: Job, painting: Painting, studio: Studio) -> None:
        """Show a painting that has taken a step, if it is time for it and somebody looks."""
        request, schedule = painting.request, painting.request.schedule
        if not job.work.preview_side or request.picture is None:
            return
        if self.due(job.id, schedule.done, schedule.total):
            look, latents = studio.look, request.picture.clone()
            self.draw(
                job.id, lambda: job.edit.preview(painting.patch, painting.placed(look(latents)))
            )

    def due(self, work_id: str, done: int, total: int) -> bool:
        """Whether a job should be shown now: first after a sixth of its steps, then at times."""
        if self._drawing is not None or 6 * done < total:
            return False
        return time.monotonic() - self._shown.get(work_id, -INTERVAL) >= INTERVAL

    def draw(self, work_id: str, drawing: Callable[[], Preview | None]) -> None:
        """Begin to draw; ``drawn`` has the preview once it is there."""
        self._shown[work_id] = time.monotonic()
        self._drawing = work_id, self._thread.submit(drawing)

    def drawn(self) -> Iterator[Preview]:
        """The preview that is ready by now, if there is one."""
        if self._drawing is None or not self._drawing[1].done():
            return
        (work_id, drawing), self._drawing = self._drawing, None
        # The pixels of a job that ended meanwhile were taken from under the drawing.
        preview = drawing.result() if work_id in self._shown else None
        if preview is not None:
            yield preview

    def forget(self, work_id: str) -> None:
        """The job ended: what is still being drawn of it is not shown."""
        self._shown.pop(work_id, None)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)
