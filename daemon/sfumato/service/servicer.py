"""The methods of the service: each a few lines between the wire and the jobs."""
# ruff: noqa: N802 (the methods have the wire's names)

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing, contextmanager

from sfumato.engines.base import EngineSpec
from sfumato.engines.messages import VariationDone
from sfumato.jobs.events import Done, Failed
from sfumato.jobs.job import Job, OnDisconnect
from sfumato.jobs.jobs import Jobs
from sfumato.jobs.moments import Observe, Sent, about, unobserved
from sfumato.service import answers, capabilities, events, records
from sfumato.service.attempts import host_of
from sfumato.service.auth import CALLER, Caller, check_admin
from sfumato.service.catalogue import Catalogue
from sfumato.service.devices import Devices
from sfumato.service.insertion import inserted
from sfumato.service.intake import Intake
from sfumato.service.planes import Codec
from sfumato.service.status import invalid
from sfumato.service.stored import stored
from sfumato.service.streams import Context
from sfumato.service.strict import refuse_unknown
from sfumato.service.vocabulary import JOB_STATES, ON_DISCONNECT
from sfumato.service.wire.inpainting_pb2_grpc import InpaintingServicer
from sfumato.settings import Limits
from sfumato_client.endpoint import is_loopback
from sfumato_client.wire import hosts_pb2, jobs_pb2, models_pb2, segment_pb2
from sfumato_client.wire import inpainting_pb2 as pb

MAX_PAGE = 1000
DEFAULT_PAGE = 100


class Servicer(InpaintingServicer):
    """``sfumato.v1.Inpainting``, behind the gate: callers are known, errors are raised.

    ``holder`` says who an owner is, None if nobody knows. Hosts of ``addable`` engines may join.
    """

    def __init__(
        self,
        jobs: Jobs,
        catalogue: Catalogue,
        limits: Limits,
        observe: Observe = unobserved,
        holder: Callable[[str], Caller | None] = lambda owner: None,
        addable: Iterable[EngineSpec] = (),
    ) -> None:
        self._jobs = jobs
        self._holder = holder
        self._observe = observe
        self._catalogue = catalogue
        self._limits = limits
        self._devices = Devices(jobs.crew, addable)
        self.intake = Intake(jobs, catalogue, limits)

    async def GetCapabilities(
        self, request: pb.GetCapabilitiesRequest, context: Context
    ) -> pb.GetCapabilitiesResponse:
        """What this daemon can do, whatever version the client has."""
        known = capabilities.capabilities(self._catalogue, self._limits)
        known.admin = CALLER.get().admin
        known.notices.extend(
            pb.Notice(code=notice.code, message=notice.message) for notice in self._jobs.notices()
        )
        return known

    async def ListModels(
        self, request: models_pb2.ListModelsRequest, context: Context
    ) -> models_pb2.ListModelsResponse:
        """What parameters can name."""
        refuse_unknown(request)
        return capabilities.models(self._catalogue)

    async def Inpaint(
        self, requests: AsyncIterator[pb.InpaintRequest], context: Context
    ) -> AsyncGenerator[pb.InpaintEvent]:
        """One edit, from its header to its last pixel."""
        job, existing, codecs = await self.intake.take_in(CALLER.get().owner, requests)
        with self._watching(job):
            yield pb.InpaintEvent(accepted=pb.Accepted(job_id=job.id, existing=existing))
            async with aclosing(self._follow(job, context, codecs)) as told:
                async for event in told:
                    yield event

    async def Attach(
        self, request: pb.AttachRequest, context: Context
    ) -> AsyncGenerator[pb.InpaintEvent]:
        """A job's events again."""
        refuse_unknown(request)
        owner = CALLER.get().owner
        if request.job_id:
            job = await self._jobs.get(owner, request.job_id)
        else:
            job = await self._jobs.of_request(owner, request.request_id)
        with self._watching(job, ON_DISCONNECT.domain(request.on_disconnect)):
            yield pb.InpaintEvent(accepted=pb.Accepted(job_id=job.id, existing=True))
            async with aclosing(self._follow(job, context, (), request.first_variation)) as told:
                async for event in told:
                    yield event

    async def Cancel(self, request: pb.CancelRequest, context: Context) -> pb.CancelResponse:
        """End a job."""
        refuse_unknown(request)
        admin = CALLER.get().admin
        job = await self._jobs.cancel(CALLER.get().owner, request.job_id, admin)
        return pb.CancelResponse(state=JOB_STATES.wire(job.state))

    async def ReportInsertion(
        self, request: pb.ReportInsertionRequest, context: Context
    ) -> pb.ReportInsertionResponse:
        """A result has become a layer."""
        refuse_unknown(request)
        job = await self._jobs.get(CALLER.get().owner, request.job_id)
        self._observe(inserted(job, request))
        return pb.ReportInsertionResponse()

    async def Segment(
        self, requests: AsyncIterator[segment_pb2.SegmentRequest], context: Context
    ) -> AsyncGenerator[segment_pb2.SegmentEvent]:
        """What to select. The question lives as long as this call, and nothing of it is kept."""
        job = await self.intake.ask(CALLER.get().owner, requests)
        try:
            with self._watching(job):
                async with aclosing(answers.told(job, self._jobs.events(job))) as told:
                    async for event in told:
                        yield event
        finally:
            self._jobs.dismiss(job)

    async def WatchQueue(
        self, request: jobs_pb2.WatchQueueRequest, context: Context
    ) -> AsyncIterator[jobs_pb2.WatchQueueResponse]:
        """The queue, and its changes."""
        refuse_unknown(request)
        owner = CALLER.get().owner
        async with aclosing(self._jobs.watch(owner, CALLER.get().admin)) as snapshots:
            async for snapshot in snapshots:
                yield records.queue(snapshot, self._named)
                if request.once:
                    return

    def _named(self, owner: str) -> str:
        holder = self._holder(owner)
        return holder.name if holder else ""

    async def ListJobs(
        self, request: jobs_pb2.ListJobsRequest, context: Context
    ) -> jobs_pb2.ListJobsResponse:
        """The owner's jobs, newest first."""
        refuse_unknown(request)
        if not 0 <= request.page_size <= MAX_PAGE:
            raise invalid("page_size", f"page_size is {request.page_size}, not 0 to {MAX_PAGE}.")
        jobs = self._jobs.list(CALLER.get().owner, request.page_token)
        async with aclosing(jobs):
            return await records.page(jobs, request.states, request.page_size or DEFAULT_PAGE)

    async def GetJob(
        self, request: jobs_pb2.GetJobRequest, context: Context
    ) -> jobs_pb2.GetJobResponse:
        """All that is known of a job."""
        refuse_unknown(request)
        return records.record(await self._jobs.get(CALLER.get().owner, request.job_id))

    async def ReadJob(
        self, request: jobs_pb2.ReadJobRequest, context: Context
    ) -> AsyncIterator[jobs_pb2.ReadJobResponse]:
        """A job's stored pictures."""
        refuse_unknown(request)
        job = await self._jobs.get(CALLER.get().owner, request.job_id)
        parts = stored(job, request.inputs, request.results, _is_local(context.peer()))
        with self._watching(job):
            async with aclosing(parts):
                async for part in parts:
                    yield part

    async def ForgetJobs(
        self, request: jobs_pb2.ForgetJobsRequest, context: Context
    ) -> jobs_pb2.ForgetJobsResponse:
        """Delete jobs with their pictures."""
        refuse_unknown(request)
        owner = CALLER.get().owner
        match request.WhichOneof("which"):
            case "job_id":
                await self._jobs.forget(owner, request.job_id)
                return jobs_pb2.ForgetJobsResponse(forgotten=1)
            case "before":
                forgotten = await self._jobs.forget_ended(owner, records.moment(request.before))
            case "all" if request.all:
                forgotten = await self._jobs.forget_ended(owner)
            case _:
                raise invalid("which", "Say which jobs to forget: one, all, or those before.")
        return jobs_pb2.ForgetJobsResponse(forgotten=forgotten)

    async def UpdateJob(
        self, request: jobs_pb2.UpdateJobRequest, context: Context
    ) -> jobs_pb2.UpdateJobResponse:
        """Hold a job back, let it go on, or give it another place among the owner's."""
        refuse_unknown(request)
        owner = CALLER.get().owner
        job = await self._jobs.get(owner, request.job_id)
        match request.WhichOneof("change"):
            case "paused":
                await self._jobs.hold(owner, request.job_id, request.paused)
            case "move_before":
                await self._jobs.move(owner, request.job_id, request.move_before)
            case _:
                raise invalid("change", "Say what to change: paused or move_before.")
        await self._jobs.settled()
        return jobs_pb2.UpdateJobResponse(summary=records.summary(job))

    async def UpdateDaemon(
        self, request: jobs_pb2.UpdateDaemonRequest, context: Context
    ) -> jobs_pb2.UpdateDaemonResponse:
        """Pause or drain the daemon, for admins."""
        refuse_unknown(request)
        check_admin("pause or drain the daemon")
        match request.WhichOneof("change"):
            case "paused":
                self._jobs.pause(request.paused)
            case "draining":
                self._jobs.drain(request.draining)
            case _:
                raise invalid("change", "Say what to change: paused or draining.")
        await self._jobs.settled()
        return jobs_pb2.UpdateDaemonResponse(paused=self._jobs.paused, draining=self._jobs.draining)

    async def ListHosts(
        self, request: hosts_pb2.ListHostsRequest, context: Context
    ) -> hosts_pb2.ListHostsResponse:
        """The engine hosts."""
        refuse_unknown(request)
        return self._devices.list()

    async def UpdateHosts(
        self, request: hosts_pb2.UpdateHostsRequest, context: Context
    ) -> hosts_pb2.UpdateHostsResponse:
        """Have an engine host join or leave, for admins."""
        refuse_unknown(request)
        check_admin("have engine hosts join or leave")
        return await self._devices.update(request)

    @contextmanager
    def _watching(self, job: Job, wish: OnDisconnect | None = None) -> Iterator[None]:
        self._jobs.attendance.attached(job, wish)
        try:
            yield
        finally:
            self._jobs.attendance.disconnected(job)

    async def _follow(
        self, job: Job, context: Context, codecs: Sequence[Codec], first_variation: int = 0
    ) -> AsyncGenerator[pb.InpaintEvent]:
        """What happens to a job up to its end; variations before the first are left out."""
        local = _is_local(context.peer())
        async with aclosing(self._jobs.events(job)) as told:
            async for event in told:
                if isinstance(event, Failed):
                    self._jobs.attendance.delivered(job)
                if not isinstance(event, VariationDone):
                    yield events.event(event, job)
                elif event.variation >= first_variation:
                    async with aclosing(self._result(job, event, local, codecs)) as parts:
                        async for part in parts:
                            yield part
                if isinstance(event, Done):
                    self._jobs.attendance.delivered(job)

    async def _result(
        self, job: Job, variation: VariationDone, local: bool, codecs: Sequence[Codec]
    ) -> AsyncGenerator[pb.InpaintEvent]:
        """A variation's pixels, counted on their way."""
        began, size, whole = time.monotonic(), 0, False
        try:
            async with aclosing(events.result(job, variation, local, codecs)) as parts:
                async for part in parts:
                    yield part
                    size += len(part.chunk.data)
            whole = True
        finally:
            seconds = time.monotonic() - began
            self._observe(Sent(about(job), variation.variation, size, seconds, whole))


def _is_local(peer: str) -> bool:
    """Whether a peer as gRPC names it is this computer."""
    return peer.startswith("unix:") or is_loopback(host_of(peer))
