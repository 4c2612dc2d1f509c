"""A session with a daemon, for asyncio. ``blocking.Client`` is the same for threads."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import replace

from sfumato_client.edit import Edit
from sfumato_client.endpoint import Endpoint
from sfumato_client.errors import SfumatoError
from sfumato_client.job import Job
from sfumato_client.link import Link
from sfumato_client.patience import Patience
from sfumato_client.result import Expected
from sfumato_client.segment import Found, Phases, Search, segment
from sfumato_client.stopwatch import Stopwatch
from sfumato_client.stored import StoredPlane, stored_planes
from sfumato_client.trace import new_trace
from sfumato_client.upload import Caller, pack
from sfumato_client.version import check_protocol
from sfumato_client.wire import hosts_pb2, inpainting_pb2, jobs_pb2, models_pb2

MOST_VARIATIONS = 8


class Session:
    """One client's connection to a daemon, for ``async with``; used from one event loop.

    Entering it connects and checks versions. Every method raises the errors of
    ``sfumato_client.errors``; leaving it ends what still runs.
    """

    capabilities: inpainting_pb2.GetCapabilitiesResponse

    def __init__(
        self,
        endpoint: Endpoint,
        client_name: str = "python",
        client_version: str = "",
        *,
        client_id: str = "",
        patience: Patience | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._caller = Caller(client_id, client_name, client_version)
        self._patience = patience or Patience()
        self._jobs: set[Job] = set()

    async def __aenter__(self) -> Session:
        self._link = Link(self.endpoint, self._patience)
        try:
            await self.refresh()
        except BaseException:
            self._link.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(job.close() for job in self._jobs))
        self._link.close()

    async def refresh(self) -> inpainting_pb2.GetCapabilitiesResponse:
        """Ask the daemon again what it can do; raises ``VersionMismatch`` if it is another one."""
        found = await self._link.capabilities()
        check_protocol(found.protocol.major, found.protocol.minor, found.version)
        self.capabilities = found
        return found

    async def models(self, *, include_available: bool = False) -> models_pb2.ListModelsResponse:
        """List models, presets and adapters."""
        request = models_pb2.ListModelsRequest(include_available=include_available)
        reply = await self._link.ask(self._link.stub.ListModels, request)
        assert isinstance(reply, models_pb2.ListModelsResponse)
        return reply

    async def start(self, edit: Edit) -> Job:
        """Begin an edit without waiting for the daemon's answer; iterate over the job for that."""
        if not edit.request_id:
            edit = replace(edit, request_id=str(uuid.uuid4()))
        stopwatch = None if edit.traceparent else edit.stopwatch
        if not edit.traceparent:
            edit = replace(edit, traceparent=new_trace())
        raw = self.endpoint.is_loopback
        upload = await asyncio.to_thread(pack, edit, self._caller, raw=raw)
        expected = Expected.of(edit, self.capabilities.limits)
        return self._kept(Job(self._link, expected, upload=upload, stopwatch=stopwatch))

    async def inpaint(self, edit: Edit) -> Job:
        """Begin an edit and return once the daemon holds it."""
        return await (await self.start(edit)).accepted()

    async def segment(self, search: Search, phases: Phases = lambda _: None) -> Found:
        """Ask what to select; ``phases`` is told what is going on. Cancelling ends the question."""
        return await segment(self._link, search, phases)

    async def attach(self, job_id: str, on_disconnect: int = 0) -> Job:
        """Take up a job of an earlier session; raises ``NotFound`` if the daemon has it no more."""
        expected = Expected.unknown(self.capabilities.limits)
        job = Job(self._link, expected, job_id=job_id, on_disconnect=on_disconnect)
        return await self._kept(job).accepted()

    async def cancel(self, job_id: str) -> int:
        """Cancel a job by its id; return its state (``JobState``) afterwards."""
        return await self._link.cancel(job_id)

    async def report(self, job_id: str, stopwatch: Stopwatch, began: float) -> None:
        """Tell the daemon's watchers that there is a layer, whose making ``began`` then.

        Nobody waits for that: a daemon that is away, or too old to be told, is no error.
        """
        told = stopwatch.report(job_id, began)
        if told is not None:
            with suppress(SfumatoError):
                await self._link.ask(self._link.stub.ReportInsertion, told)

    async def watch_queue(
        self, *, once: bool = False
    ) -> AsyncIterator[jobs_pb2.WatchQueueResponse]:
        """Yield the queue now and on every change, until the connection breaks."""
        request = jobs_pb2.WatchQueueRequest(once=once)
        replies = self._link.replies(self._link.stub.WatchQueue, request)
        async with aclosing(replies):  # type: ignore[type-var]
            async for reply in replies:
                yield reply

    async def jobs(self, states: tuple[int, ...] = ()) -> AsyncIterator[jobs_pb2.JobSummary]:
        """Yield the owner's jobs, newest first; ``states`` (``JobState``) narrows them."""
        request = jobs_pb2.ListJobsRequest(states=states)  # type: ignore[arg-type]
        while True:
            reply = await self._link.ask(self._link.stub.ListJobs, request)
            for job in reply.jobs:
                yield job
            if not reply.next_page_token:
                return
            request.page_token = reply.next_page_token

    async def job(self, job_id: str) -> jobs_pb2.GetJobResponse:
        """Return all that was recorded of a job."""
        request = jobs_pb2.GetJobRequest(job_id=job_id)
        reply = await self._link.ask(self._link.stub.GetJob, request)
        assert isinstance(reply, jobs_pb2.GetJobResponse)
        return reply

    async def read(
        self, job_id: str, *, inputs: bool = False, results: bool = False
    ) -> AsyncIterator[StoredPlane]:
        """Yield the pictures that the daemon keeps of a job; ``NotFound`` if it has none."""
        request = jobs_pb2.ReadJobRequest(job_id=job_id, inputs=inputs, results=results)
        # Inputs and results of one variation each have at most what a result may have.
        most = (2 + MOST_VARIATIONS) * Expected.unknown(self.capabilities.limits).total_bytes
        replies = self._link.replies(self._link.stub.ReadJob, request)
        async with aclosing(replies):  # type: ignore[type-var]
            async for plane in stored_planes(replies, most):
                yield plane

    async def forget(self, request: jobs_pb2.ForgetJobsRequest) -> int:
        """Delete ended jobs with their pictures; return how many."""
        return int((await self._link.ask(self._link.stub.ForgetJobs, request)).forgotten)

    async def hosts(self) -> list[hosts_pb2.EngineHost]:
        """Return the engine hosts, in the order they joined."""
        reply = await self._link.ask(self._link.stub.ListHosts, hosts_pb2.ListHostsRequest())
        return list(reply.hosts)

    async def update_hosts(self, request: hosts_pb2.UpdateHostsRequest) -> str:
        """Have an engine host join or leave, which takes an admin's token; return its name."""
        return str((await self._link.ask(self._link.stub.UpdateHosts, request)).name)

    def _kept(self, job: Job) -> Job:
        self._jobs.add(job)
        job.when_ended(self._jobs.discard)
        return job
