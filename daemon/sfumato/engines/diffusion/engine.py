"""The diffusion engine: many artists' edits, one denoising loop.

Every turn of the crank does the one thing that is due: deliver a painting that is finished, decode
some whose steps are done, begin some that wait, or take one step with as many paintings as should
share it. Models are loaded, fills made, pictures made ready and finished beside that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor

from sfumato.engines.base import Refused
from sfumato.engines.devices import attempt, between, mark, memory_budget, told
from sfumato.engines.diffusion.aside import Aside
from sfumato.engines.diffusion.batcher import Batcher, StepTimes
from sfumato.engines.diffusion.decoder import Decoder
from sfumato.engines.diffusion.denoise import denoise
from sfumato.engines.diffusion.drafts import Drafts, Waiting
from sfumato.engines.diffusion.fills import Fills
from sfumato.engines.diffusion.finisher import Finisher
from sfumato.engines.diffusion.job import Job, Place
from sfumato.engines.diffusion.painting import Painting
from sfumato.engines.diffusion.placement import thrift_named
from sfumato.engines.diffusion.plan import lora_files, resolve
from sfumato.engines.diffusion.previews import Previewer
from sfumato.engines.diffusion.shelf import Shelf
from sfumato.engines.diffusion.shortage import too_large, unrefined
from sfumato.engines.diffusion.studio import Studio
from sfumato.engines.diffusion.supply import Supply
from sfumato.engines.messages import Failed, Finished, Progress, VariationDone, WorkReport
from sfumato.engines.parameters import FILL
from sfumato.engines.work import Work
from sfumato.imaging.depth import Colour
from sfumato.models.library import Library
from sfumato.models.loading import default_dtype, device_named
from sfumato.models.selectors import Selector, memory_share

HEARING = 0.0125
"""Seconds to wait for each kind of work beside the steps before commands are looked for again."""


class DiffusionEngine:
    """``engines.base.Engine`` for any number of works at once, on torch's ``device`` or ``auto``.

    Options: ``model:NAME`` is where a model, a LoRA or another addition lies; ``dtype`` is
    ``float32``, ``float16`` or ``bfloat16``, by default what suits the device; ``safety_checker``
    is ``off`` to leave out those that come with models; ``memory`` is how many bytes of the device
    models may take, those that select among them (0: three quarters); ``compile`` is ``on`` to
    compile networks. ``studios`` are models that are loaded already.
    """

    def __init__(
        self, device: str, options: Mapping[str, str], studios: Iterable[Studio] = ()
    ) -> None:
        self._device = device_named(device)
        named = options.get("dtype")
        self._dtype: torch.dtype = getattr(torch, named) if named else default_dtype(self._device)
        self._library = Library.of_options(options)
        budget = int(options.get("memory", 0)) or memory_budget(self._device)
        budget -= memory_share(self._library.usable(Selector).values(), budget)
        opened = partial(
            Studio.open,
            device=self._device,
            dtype=self._dtype,
            library=self._library,
            checked=options.get("safety_checker") != "off",
            compiled=options.get("compile") == "on",
        )
        self._shelf = Shelf(self._device, self._dtype, budget, opened, studios)
        self._supply = Supply(self._shelf, self._library, self.cancel)
        self._jobs: dict[str, Job] = {}
        self._times = StepTimes()
        self._batcher = Batcher(self._times)
        self._drafts = Drafts()
        self._decoder = Decoder()
        self._previewer = Previewer()
        self._fills = Fills()
        self._aside = Aside()
        self._finisher = Finisher()

    @property
    def busy(self) -> bool:
        """Whether a step would do something."""
        return bool(self._active) or self._aside.busy

    @property
    def loaded(self) -> Mapping[str, int]:
        """The models that are loaded, and how many bytes each takes on the device now."""
        return self._shelf.loaded

    def start(self, work: Work) -> None:
        """Take up work; raise ``Refused`` if the model is not here or cannot do it.

        Fills are taken up too, as recipes may mix them with what models paint.
        """
        if work.parameters.model == FILL:
            self._aside.start(work)
            return
        model = self._supply.described(work.parameters.model)
        loras = lora_files(work.parameters, model, self._library)
        parameters = resolve(work.parameters, model, loras, work.known is not None)
        self._jobs[work.id] = Job.of(work, parameters, model)

    def step(self) -> Iterable[WorkReport]:
        """Do what is due, and report."""
        yield from self._previewer.drawn()
        yield from self._aside.turn()
        yield from self._supply.turn(self._active, self._in_use)
        yield from self._fills.turn(list(self._jobs.values()))
        due = self._due()
        if due is None:
            for each in (self._drafts, self._finisher, self._aside, self._fills, self._shelf):
                each.wait(HEARING)
            return
        with self._shelf.giving_way(), self._fills.giving_way(), self._aside.giving_way():
            reports = list(due)
        yield from reports

    def hold(self, work_id: str) -> None:
        """Let this work stand still: its latents stay, its model may make way for another."""
        if work_id in self._aside:
            self._aside.hold(work_id)
        else:
            self._jobs[work_id].hold()

    def resume(self, work_id: str) -> None:
        """Go on with held work."""
        if work_id in self._aside:
            self._aside.resume(work_id)
        else:
            self._jobs[work_id].resume()

    def cancel(self, work_id: str) -> None:
        """Forget this work; the others go on with the next step."""
        self._aside.cancel(work_id)
        job = self._jobs.pop(work_id, None)
        if job is not None:
            self._previewer.forget(work_id)
            self._fills.forget(work_id)
            self._drafts.forget(work_id)
            self._finisher.forget(job.paintings)
            job.close()
            if job.parameters.model not in self._in_use:
                self._shelf.relax(job.parameters.model)

    def close(self) -> None:
        """Give back memory and devices."""
        for work_id in list(self._jobs):
            self.cancel(work_id)
        for each in (self._previewer, self._fills, self._drafts, self._aside, self._finisher):
            each.close()
        self._shelf.clear()

    def _studio(self, job: Job) -> Studio:
        return self._shelf[job.parameters.model]

    def _guarded(
        self, job: Job, painting: Painting | None, doing: Iterator[WorkReport]
    ) -> Iterator[WorkReport]:
        """A refusal ends this job, not the engine; so does a lack of memory in the end."""
        with attempt() as tried:
            try:
                yield from doing
            except Refused as refused:
                self.cancel(job.id)
                yield Failed(job.id, refused.code, refused.message, refused=True)
        if tried.short:
            yield from self._cramped(job, painting)

    @property
    def _active(self) -> list[Job]:
        return [job for job in self._jobs.values() if not job.held]

    @property
    def _in_use(self) -> set[str]:
        """Models that jobs have begun with."""
        return {job.parameters.model for job in self._active if job.paintings}

    def _due(self) -> Iterator[WorkReport] | None:
        """What can be done next; None if all jobs wait for something."""
        here = [job for job in self._active if job.parameters.model in self._shelf]
        # Networks cannot be made while others are.
        may_begin = [job for job in here if not (job.adds and self._shelf.order)]
        waiting = [each for job in may_begin for each in self._drafts.of(job, self._studio(job))]
        painted = [(job, p) for job in here for p in job.paintings if not p.request.remaining]
        finished = [(job, p) for job, p in painted if self._finisher.ready(p)]
        undecoded = [(job, p) for job, p in painted if p not in self._finisher]
        done = [job for job in self._active if job.done]
        if done:
            return iter([self._ended(done[0])])
        if finished:
            return self._deliver(*finished[0], self._finisher.take(finished[0][1]))
        if undecoded:
            return self._decode(undecoded)
        if waiting:
            return self._begin(waiting)
        return self._advance() if any(job.running for job in here) else None

    def _begin(self, waiting: Sequence[Waiting]) -> Iterator[WorkReport]:
        """Encode the first draft and those that can share its pass, and let each begin."""
        first, _ = waiting[0]
        studio = self._studio(first)
        # Who repeats an edit gets it as it was made; afterwards the model is as fast as before.
        studio.adapter.placement.spare_as(thrift_named(first.work.thrift))
        batch = self._drafts.encode(waiting, studio)
        if batch is None:
            yield from self._cramped(first, None)
        for job, place in batch or ():
            if job.id in self._jobs:  # It may have ended with another of these.
                yield from self._guarded(job, None, self._begun(job, place, studio))

    def _begun(self, job: Job, place: Place, studio: Studio) -> Iterator[WorkReport]:
        """Let a patch whose picture is encoded begin."""
        yield from job.notices
        job.notices.clear()
        draft = self._drafts.take(job, place)
        job.begun(Painting.begin(draft, job.parameters, studio))
        yield Progress(job.id, job.step, job.steps, "painting")

    def _advance(self) -> Iterator[WorkReport]:
        """One step of the paintings that should share it."""
        running = {p.request: (job, p) for job in self._active for p in job.running}
        batch = self._batcher.choose(list(running))
        studio = self._shelf[batch[0].key.model]
        seconds = 0.0
        with attempt() as tried:
            began = mark(self._device)
            denoise(studio.adapter, batch)
            seconds = between(began, mark(self._device))
        if tried.short:
            if not self._batcher.limit(batch):
                yield from self._cramped(*running[batch[0]])
            return
        self._times.record(batch[0].key, len(batch), seconds)
        for job in dict.fromkeys(running[request][0] for request in batch):
            yield Progress(job.id, job.step, job.steps, "painting")
        for request in batch:
            self._previewer.offer(*running[request], studio)

    def _cramped(self, job: Job, painting: Painting | None) -> Iterator[WorkReport]:
        """Something for one job alone did not fit: let the next turn try it with less memory."""
        if self._shelf.relieve(job.parameters.model, self._in_use):
            yield Progress(job.id, job.step, job.steps, "trying with less memory")
        else:
            yield from self._too_large(job, painting)

    def _decode(self, painted: Sequence[tuple[Job, Painting]]) -> Iterator[WorkReport]:
        """Decode the first painting and those that can share its pass, and let each go on."""
        model = painted[0][0].parameters.model
        jobs = {painting: job for job, painting in painted if job.parameters.model == model}
        studio = self._shelf[model]
        decoded = self._decoder.decode(list(jobs), studio)
        if decoded is None:
            yield from self._cramped(*painted[0])
        for painting, picture in (decoded or {}).items():
            job = jobs[painting]
            if job.id in self._jobs:  # It may have ended with another of these.
                yield from self._guarded(job, painting, self._finish(job, painting, picture))

    def _finish(self, job: Job, painting: Painting, picture: Tensor) -> Iterator[WorkReport]:
        """Pass once more over a painting that is decoded, or have it finished."""
        studio = self._studio(job)
        decoded = painting.decoded(studio, picture)
        if painting.second_steps:
            job.once_more(painting, painting.second(job.parameters, studio, decoded()))
            yield Progress(job.id, job.step, job.steps, "refining")
        else:
            self._finisher.begin(painting, decoded)

    def _deliver(self, job: Job, painting: Painting, colour: Colour) -> Iterator[WorkReport]:
        """Write a painting, and end the job if it was the last."""
        job.edit.deliver(painting.patch, colour)
        if job.delivered(painting):
            variation = painting.patch.variation
            yield VariationDone(job.id, variation, job.parameters.seed + variation)
        if job.done:
            yield self._ended(job)

    def _ended(self, job: Job) -> Finished:
        """Let go of a job whose patches are all delivered."""
        thrift = self._shelf.thrift(job.parameters.model)
        self.cancel(job.id)
        # Tiles change a large picture a little.
        where = (*told(self._device, self._dtype), ("thrift", thrift.name.lower()))
        return Finished(job.id, job.parameters, job.timings, where)

    def _too_large(self, job: Job, painting: Painting | None) -> Iterator[WorkReport]:
        """A painting does not fit into memory: keep its first pass, or give the job up."""
        colour = painting.fallback(self._studio(job)) if painting is not None else None
        if painting is not None and colour is not None:
            yield unrefined(job.id)
            yield from self._deliver(job, painting, colour)
            return
        self.cancel(job.id)
        yield too_large(job.id)
