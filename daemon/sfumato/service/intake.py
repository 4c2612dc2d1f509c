"""The way of an edit into the daemon: header, admission, pixels, job."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any, NamedTuple

from sfumato.engines.parameters import Parameters
from sfumato.engines.work import Work
from sfumato.jobs.job import Job, OnDisconnect, Priority, Submission
from sfumato.jobs.jobs import Jobs
from sfumato.service.announcement import Announcement
from sfumato.service.catalogue import Catalogue
from sfumato.service.header import EditRequest, checked
from sfumato.service.planes import Codec
from sfumato.service.question import Question, asked
from sfumato.service.receive import Requests, check_selected, laid_out, next_request, receive
from sfumato.service.status import invalid, unsupported
from sfumato.settings import Limits
from sfumato_client.geometry import Extent


class TakenIn(NamedTuple):
    """A job, and whether an earlier call with the same request id had made it.

    ``codecs`` are those in which the client reads results, best first.
    """

    job: Job
    existing: bool
    codecs: tuple[Codec, ...]


class Intake:
    """Makes jobs of requests."""

    def __init__(self, jobs: Jobs, catalogue: Catalogue, limits: Limits) -> None:
        self._jobs = jobs
        self._catalogue = catalogue
        self._limits = limits

    async def take_in(self, owner: str, requests: Requests) -> TakenIn:
        """Read a client's stream to its end. Nothing is left of what is refused or breaks off."""
        began = time.monotonic()
        # Hundreds of regions take a while to check.
        request = await asyncio.to_thread(
            checked, await self._header(requests), self._limits, self._catalogue
        )
        job = await self._jobs.admission.admit(
            owner, request.request_id, request.digest, _pixels(request)
        )
        if job is not None:
            await self._drain(requests)
            return TakenIn(job, True, request.codecs)
        job_id = self._jobs.admission.new_id()
        engine = request.engine
        if request.repeat:
            engine, work = await self._repeated(owner, request, job_id)
        elif request.announcement is None:
            work = await self._stored_input(owner, request, job_id)
        else:
            work = await self._received(request, request.announcement, requests, job_id)
        submission = Submission(
            owner=owner,
            request_id=request.request_id,
            digest=request.digest,
            engine=engine,
            work=work,
            client=request.client,
            client_id=request.client_id,
            title=request.title,
            priority=request.priority,
            on_disconnect=request.on_disconnect,
            private=request.private,
            alone=request.repeat,
            receive_seconds=time.monotonic() - began,
            received_bytes=_encoded_bytes(request.announcement),
            trace=request.trace,
        )
        job = await self._jobs.submit(submission)
        return TakenIn(job, job.id != job_id, request.codecs)

    async def ask(self, owner: str, requests: Requests) -> Job:
        """Read a question's stream to its end, and make a job of it that nobody keeps."""
        began = time.monotonic()
        question = asked(await self._header(requests), self._limits, self._catalogue)
        job = await self._jobs.admission.admit(
            owner, question.request_id, question.digest, question.window.area
        )
        if job is not None:
            await self._drain(requests)
            return job
        submission = Submission(
            owner=owner,
            request_id=question.request_id,
            digest=question.digest,
            engine=question.segmenter.engine,
            work=await self._picture(question, requests),
            title="Select",
            priority=Priority.LIVE,
            on_disconnect=OnDisconnect.CANCEL,
            private=True,
            receive_seconds=time.monotonic() - began,
            received_bytes=question.plane.encoded_bytes,
        )
        return await self._jobs.submit(submission)

    async def _picture(self, question: Question, requests: Requests) -> Work:
        """The work of a question, once its picture is in the arena."""
        job_id = self._jobs.admission.new_id()
        layout, region = question.laid_out()
        try:
            with await self._jobs.admission.create_arena(job_id, layout) as arena:
                await receive(requests, [question.plane], [region.picture], arena, self._limits)
                return Work(
                    id=job_id,
                    arena=str(arena.path),
                    canvas=Extent(question.window.right, question.window.bottom),
                    regions=(region,),
                    parameters=Parameters(model=question.segmenter.name),
                    target=question.target,
                )
        except BaseException:
            await self._jobs.admission.discard_arena(job_id)
            raise

    async def _header(self, requests: Requests) -> Any:
        """The first message's header, of the kind that the stream has."""
        first = await next_request(requests, self._limits.stall_seconds)
        if first is None or first.WhichOneof("part") != "header":
            raise invalid("header", "A call begins with its header.")
        return first.header

    async def _drain(self, requests: Requests) -> None:
        """Read on although nothing is needed: the client may listen only when all is sent."""
        left = self._limits.upload_bytes
        while left > 0 and (request := await next_request(requests, self._limits.stall_seconds)):
            left -= len(request.chunk.data)

    async def _received(
        self, request: EditRequest, announcement: Announcement, requests: Requests, job_id: str
    ) -> Work:
        variations = request.parameters.variations
        room = laid_out(announcement, variations, request.depth, request.stages)
        try:
            with await self._jobs.admission.create_arena(job_id, room.layout) as arena:
                await receive(requests, announcement.planes, room.planes, arena, self._limits)
                await check_selected(room, arena)
                return Work(
                    id=job_id,
                    arena=str(arena.path),
                    canvas=announcement.canvas,
                    regions=room.regions,
                    parameters=request.parameters,
                    extras=room.extras,
                    preview_side=request.preview_side,
                    known=request.known,
                    stages=request.stages,
                )
        except BaseException:
            await self._jobs.admission.discard_arena(job_id)
            raise

    async def _stored_input(self, owner: str, request: EditRequest, job_id: str) -> Work:
        source = await self._source(owner, request)
        work = await self._jobs.admission.reuse_inputs(
            source, job_id, request.parameters, request.depth, request.stages
        )
        return replace(work, preview_side=request.preview_side)

    async def _repeated(self, owner: str, request: EditRequest, job_id: str) -> tuple[str, Work]:
        """An earlier job's engine, and its work once more."""
        source = await self._source(owner, request)
        if all(card.engine != source.engine for card in self._catalogue.models.values()):
            raise unsupported(
                "ENGINE_GONE",
                f"This daemon no longer has the {source.engine} engine, which made that edit: its "
                "settings name no model for it.",
            )
        depth = source.work.regions[0].colors[0].dtype
        again = await self._jobs.admission.reuse_inputs(
            source, job_id, source.work.parameters, depth, source.work.stages
        )
        thrift = source.environment.get("thrift", "")
        return source.engine, replace(again, preview_side=request.preview_side, thrift=thrift)

    async def _source(self, owner: str, request: EditRequest) -> Job:
        source = await self._jobs.get(owner, request.stored_input)
        if source.work.canvas != request.canvas:
            raise invalid("canvas", "The stored input belongs to a picture of another size.")
        return source


def _encoded_bytes(announcement: Announcement | None) -> int:
    return sum(plane.encoded_bytes for plane in announcement.planes) if announcement else 0


def _pixels(request: EditRequest) -> int:
    """What is known of the edit's size before its pixels come, as ``Job.pixels``."""
    regions = request.announcement.regions if request.announcement else ()
    results = request.parameters.variations * max(1, len(request.stages))
    return sum(region.window.area for region in regions) * results
