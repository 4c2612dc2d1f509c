"""Getting the models that jobs wait for; a model that cannot be had fails its own jobs alone."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence

from sfumato.engines.base import Refused
from sfumato.engines.devices import out_of_memory
from sfumato.engines.diffusion.job import Job
from sfumato.engines.diffusion.placement import Thrift
from sfumato.engines.diffusion.shelf import Shelf
from sfumato.engines.diffusion.shortage import in_parts
from sfumato.engines.messages import Failed, Progress, WorkReport
from sfumato.models.description import Model
from sfumato.models.errors import UnusableModel
from sfumato.models.library import Library

log = logging.getLogger(__name__)


class Supply:
    """Loads what is absent from a shelf, one model at a time, beside whatever else is done.

    ``cancel`` forgets a job by its id.
    """

    def __init__(self, shelf: Shelf, library: Library, cancel: Callable[[str], None]) -> None:
        self._shelf = shelf
        self._library = library
        self._cancel = cancel

    def described(self, name: str) -> Model:
        """The model of this name; raises ``Refused`` if it is not here or of no use."""
        if name in self._shelf:
            return self._shelf[name].model
        if name not in self._library:
            raise Refused("MODEL_UNKNOWN", f"There is no model {name!r} here.")
        try:
            return self._library.model(name)
        except UnusableModel as unusable:
            raise Refused("MODEL_UNUSABLE", str(unusable)) from unusable

    def turn(self, jobs: Sequence[Job], in_use: set[str]) -> Iterator[WorkReport]:
        """Take in the model that was being loaded; begin to load the next one that is absent.

        ``jobs`` are those that are not held, ``in_use`` the models that jobs have begun with.
        """
        waiting = [job for job in jobs if not job.done and job.parameters.model not in self._shelf]
        order = self._shelf.order
        if order is not None:
            waiting = [job for job in waiting if job.parameters.model == order.name]
            reports = list(self._arrival(order.name, waiting, in_use))
            if self._shelf.order is None:
                for job in waiting:
                    job.load_seconds += time.monotonic() - max(job.began, order.began)
            yield from reports
        elif waiting:
            yield from self._order(waiting, in_use)

    def _order(self, waiting: Sequence[Job], in_use: set[str]) -> Iterator[WorkReport]:
        """Begin to load the model that the first job waits for."""
        first = waiting[0]
        name = first.parameters.model
        yield Progress(first.id, first.step, first.steps, f"loading {name}")
        try:
            self._shelf.begin(self.described(name), in_use)
        # Its files are looked at anew, and may have changed since the job was taken.
        except (Refused, UnusableModel, OSError) as error:
            yield from self._failures(name, waiting, str(error))

    def _arrival(self, name: str, waiting: Sequence[Job], in_use: set[str]) -> Iterator[WorkReport]:
        """Take in what was loaded; if it cannot be, the jobs that wait for it fail."""
        failure = ""
        short = False
        try:
            self._shelf.take()
        except UnusableModel as error:
            failure = str(error)
        # Damaged files make the libraries that read them raise whatever they trip over.
        except Exception as error:
            short = out_of_memory(error)
            failure = f"{name} cannot be loaded: {type(error).__name__}: {error}"
            if not short:
                log.exception("loading %s failed", name)
        if short and self._shelf.relieve(name, in_use):
            return
        if short:
            sentence = f"The device has too little memory for {name}."
            yield from self._failures(name, waiting, sentence, "OUT_OF_MEMORY")
        elif failure:
            yield from self._failures(name, waiting, failure)
        elif self._shelf.thrift(name) >= Thrift.PARTS:
            yield from (in_parts(job.id, name) for job in waiting)

    def _failures(
        self, name: str, waiting: Sequence[Job], sentence: str, code: str = "MODEL_UNUSABLE"
    ) -> Iterator[WorkReport]:
        for job in waiting:
            if job.parameters.model == name:
                self._cancel(job.id)
                yield Failed(job.id, code, sentence)
