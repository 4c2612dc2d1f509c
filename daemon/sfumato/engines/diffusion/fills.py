"""Masked content by the fill engine: made beside the step loop, before a patch is painted."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sfumato.engines.diffusion.content import shown
from sfumato.engines.diffusion.frame import Frame
from sfumato.engines.diffusion.job import Job, Place
from sfumato.engines.diffusion.loader import Loader
from sfumato.engines.edit import Patch
from sfumato.engines.fill.draft import draft
from sfumato.engines.fill.filling import filled_in
from sfumato.engines.fill.holes import marks_of
from sfumato.engines.fill.surface import Surface
from sfumato.engines.messages import Progress
from sfumato.imaging.depth import Colour
from sfumato.imaging.mask import Mask
from sfumato_client.geometry import Bounds, Extent


def fill(patch: Patch, size: Extent, grow: float, seed: int) -> Generator[float, None, Colour]:
    """The fill engine's result for a patch, RGB in 0..1, (height, width, 3), at ``size``.

    ``grow`` is in pixels of the patch. Yields the share done. All pixels are read before the first
    of them; where nothing around is known, a sketch has to do.
    """
    here = _scaled(patch, size)
    yield 0.0
    marks = marks_of(here, grow * size.width / patch.window.width)
    if marks.gone.all():
        return draft(shown(here), here.unknown)
    surface = Surface(shown(here), ~marks.gone, here.mask > 0, alpha=None)
    yield from filled_in(surface, here, marks, seed)
    return surface.colour


@dataclass(frozen=True, slots=True)
class _Filling:
    """A fill on its way: whose it is, and whether it is not wanted any more."""

    work_id: str
    place: Place
    unwanted: Event


class Fills:
    """Fills the patches that jobs wait to begin with, one at a time, in a thread.

    It stands still while running jobs take a step, as loading does. All methods belong to one
    thread.
    """

    def __init__(self) -> None:
        self._loader: Loader[Colour | None] = Loader()
        self._filling: _Filling | None = None

    def turn(self, jobs: Sequence[Job]) -> Iterator[Progress]:
        """Give a fill that is ready to its job, and begin the next one that is missing.

        ``jobs`` are all there are, also those that are held.
        """
        if self._filling is not None and self._loader.ready:
            filling, colour = self._filling, self._loader.take()
            self._filling = None
            for job in jobs:
                if job.id == filling.work_id and colour is not None:
                    job.filled[filling.place] = colour
        missing = [job for job in jobs if job.lacks_fill and not job.held]
        if missing and self._filling is None:
            job = missing[0]
            yield Progress(job.id, job.step, job.steps, "filling")
            self._begin(job)

    def wait(self, seconds: float) -> None:
        """Let a fill go on; returns earlier if it is done, or none is on its way."""
        self._loader.wait(seconds)

    def giving_way(self) -> AbstractContextManager[None]:
        """Filling stands still inside, and has its turn afterwards."""
        return self._loader.standing_still()

    def forget(self, work_id: str) -> None:
        """The job ended: what is being filled for it ends at its next step."""
        if self._filling is not None and self._filling.work_id == work_id:
            self._filling.unwanted.set()

    def close(self) -> None:
        """End the thread."""
        if self._filling is not None:
            self._filling.unwanted.set()
        self._loader.close()

    def _begin(self, job: Job) -> None:
        place = job.lacks_fill[0]
        patch, asked = job.edit.patch(*place), job.parameters
        filling = _Filling(job.id, place, Event())
        # More than the model will see of it is not needed.
        inner = Frame.of(patch.window.extent, job.model.buckets).inner
        size = min(inner, patch.window.extent, key=lambda extent: extent.area)
        steps = fill(patch, size, asked.grow, asked.seed + patch.variation)
        next(steps)  # The arena's pixels are read here: a job that ends takes them away.
        self._filling = filling
        self._loader.begin(lambda: _through(steps, filling.unwanted.is_set))


def _through(steps: Generator[float, None, Colour], unwanted: Callable[[], bool]) -> Colour | None:
    """What a fill gives in the end; None if it is given up."""
    while not unwanted():
        try:
            next(steps)
        except StopIteration as done:
            colour: Colour = done.value
            return colour
    return None


def _scaled(patch: Patch, size: Extent) -> Patch:
    """A copy of the patch at another size, all of it to be filled. What is masked stays so."""
    whole = Bounds(0, 0, size.width, size.height)
    picture: Any = cv2.resize(patch.picture, size, interpolation=cv2.INTER_AREA)

    def scaled(amount: NDArray[np.generic]) -> Mask:
        plane = cv2.resize(amount.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        return np.asarray(np.minimum(np.ceil(plane), 255), np.uint8)

    return replace(
        patch,
        window=whole,
        core=whole,
        picture=picture.reshape(size.height, size.width, -1),
        selection=scaled(patch.selection),
        mask=scaled(patch.mask),
        unknown=scaled(patch.unknown) > 0,
    )
