"""A gRPC server of the tests' own that speaks the contract, for what a real daemon does not do."""

# ruff: noqa: N802 (gRPC's names)

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from sfumato.service.wire.inpainting_pb2_grpc import (
    InpaintingServicer,
    add_InpaintingServicer_to_server,
)
from sfumato_client import Endpoint
from sfumato_client.wire import inpainting_pb2 as wire
from sfumato_client.wire import jobs_pb2, models_pb2, pixels_pb2

TOKEN = "secret"
CHUNK = 512 << 10

Event = wire.InpaintEvent


@dataclass
class FakeJob:
    """What the server holds of a job."""

    id: str
    header: wire.InpaintHeader
    planes: list[bytearray]
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    def results(self, variations: int = 1, first: int = 0) -> Iterable[Event]:
        """The picture sent, with the selection as its mask: once per variation."""
        for variation in range(first, variations):
            planes, data = [], []
            for index, region in enumerate(self.header.regions.regions):
                for role, plane in (
                    (wire.ResultPlane.ROLE_COLOR, region.picture),
                    (wire.ResultPlane.ROLE_MASK, region.selection),
                ):
                    planes.append(
                        wire.ResultPlane(
                            region=index,
                            role=role,
                            plane=self.header.planes[plane],
                            bounds=region.window,
                        )
                    )
                    data.append(bytes(self.planes[plane]))
            yield Event(result=wire.Result(variation=variation, seed=7 + variation, planes=planes))
            for index, plane_bytes in enumerate(data):
                yield from chunks(index, plane_bytes)


def chunks(index: int, data: bytes) -> Iterable[Event]:
    """A plane's bytes as events."""
    for start in range(0, len(data), CHUNK):
        yield Event(chunk=pixels_pb2.PixelChunk(plane=index, data=data[start : start + CHUNK]))


Script = Callable[[FakeJob, int], AsyncIterator[Event]]


async def usual(job: FakeJob, first_variation: int) -> AsyncIterator[Event]:
    """A job that goes well."""
    yield Event(queued=wire.Queued(position=1))
    yield Event(started=wire.Started(engine="fill", model="fill"))
    yield Event(progress=wire.Progress(step=1, steps=2, phase="filling"))
    yield Event(
        preview=wire.Preview(image=b"\xff\xd8", bounds=job.header.regions.regions[0].window)
    )
    yield Event(notice=wire.Notice(code="DEPTH_REDUCED", message="A sentence."))
    for event in job.results(job.header.parameters.variations or 1, first_variation):
        yield event
    yield Event(done=wire.Done(seed=7, timings=wire.Timings(engine=1.5)))


class FakeDaemon(InpaintingServicer):
    """A server whose jobs do what ``script`` says. ``async with`` starts and stops it."""

    def __init__(
        self,
        script: Script = usual,
        options: Iterable[tuple[str, Any]] = (),
        credentials: grpc.ServerCredentials | None = None,
    ) -> None:
        self._credentials = credentials
        self.script = script
        self.jobs: dict[str, FakeJob] = {}
        self.calls: list[str] = []
        self.headers: list[wire.InpaintHeader] = []
        self.attachments: list[wire.AttachRequest] = []
        self.chunk_received = asyncio.Event()
        self.received_bytes = 0
        self.protocol = wire.ProtocolVersion(major=1, minor=0)
        self.refusal: tuple[grpc.StatusCode, str, str, list[Message]] | None = None
        self.hold_upload: asyncio.Event | None = None
        self.port = 0
        self._options = [("grpc.so_reuseport", 0), *options]

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens."""
        return Endpoint(f"127.0.0.1:{self.port}", TOKEN)

    async def __aenter__(self) -> FakeDaemon:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before if it did already."""
        self.server = grpc.aio.server(options=self._options)
        add_InpaintingServicer_to_server(self, self.server)
        address = f"127.0.0.1:{self.port}"
        if self._credentials is None:
            self.port = self.server.add_insecure_port(address)
        else:
            self.port = self.server.add_secure_port(address, self._credentials)
        await self.server.start()

    async def stop(self, grace: float | None = None) -> None:
        """Stop; calls in flight may go on for ``grace`` seconds."""
        await self.server.stop(grace)

    async def GetCapabilities(self, request, context):
        """The version, and small limits."""
        self.calls.append("GetCapabilities")
        await self._check_token(context)
        return wire.GetCapabilitiesResponse(
            protocol=self.protocol,
            version="0.0",
            limits=wire.Limits(edit_pixels=1 << 20, chunk_bytes=1 << 20),
        )

    async def ListModels(self, request, context):
        """One model."""
        await self._check_token(context)
        return models_pb2.ListModelsResponse(models=[models_pb2.Model(name="fill")])

    async def Inpaint(self, requests, context):
        """Read the upload, accept, and follow the script."""
        self.calls.append("Inpaint")
        await self._check_token(context)
        header = (await anext(requests)).header
        self.headers.append(header)
        if self.refusal is not None:
            await refuse(context, *self.refusal)
        planes = [bytearray() for _ in header.planes]
        async for request in requests:
            planes[request.chunk.plane] += request.chunk.data
            self.received_bytes += len(request.chunk.data)
            self.chunk_received.set()
            if self.hold_upload is not None:
                await self.hold_upload.wait()
        if [len(plane) for plane in planes] != [plane.encoded_bytes for plane in header.planes]:
            return  # the client went away
        known = header.request_id in self.jobs
        job = self.jobs.setdefault(
            header.request_id, FakeJob(f"job-{len(self.jobs)}", header, planes)
        )
        yield Event(accepted=wire.Accepted(job_id=job.id, existing=known))
        async for event in self._play(job, 0, context):
            yield event

    async def Attach(self, request, context):
        """Follow the script again."""
        self.calls.append("Attach")
        await self._check_token(context)
        self.attachments.append(request)
        for job in self.jobs.values():
            if job.id == request.job_id:
                yield Event(accepted=wire.Accepted(job_id=job.id, existing=True))
                async for event in self._play(job, request.first_variation, context):
                    yield event
                return
        await refuse(context, grpc.StatusCode.NOT_FOUND, "UNKNOWN_JOB", "There is no such job.", [])

    async def Cancel(self, request, context):
        """End a job's script at its next wait."""
        self.calls.append("Cancel")
        for job in self.jobs.values():
            if job.id == request.job_id:
                job.cancelled.set()
        return wire.CancelResponse(state=jobs_pb2.JOB_STATE_CANCELLED)

    async def WatchQueue(self, request, context):
        """An empty queue, twice."""
        yield jobs_pb2.WatchQueueResponse()
        if not request.once:
            yield jobs_pb2.WatchQueueResponse(paused=True)

    async def ListJobs(self, request, context):
        """Two pages of one job each."""
        number = int(request.page_token or 0)
        token = "" if number else "1"
        job = jobs_pb2.JobSummary(job_id=f"old-{number}")
        return jobs_pb2.ListJobsResponse(jobs=[job], next_page_token=token)

    async def _play(self, job: FakeJob, first: int, context) -> AsyncIterator[Event]:
        async for event in self.script(job, first):
            if job.cancelled.is_set():
                await refuse(
                    context, grpc.StatusCode.CANCELLED, "CANCELLED", "It was cancelled.", []
                )
            yield event
        if job.cancelled.is_set():
            await refuse(context, grpc.StatusCode.CANCELLED, "CANCELLED", "It was cancelled.", [])

    async def _check_token(self, context) -> None:
        if dict(context.invocation_metadata()).get("authorization") != f"Bearer {TOKEN}":
            sentence = "The token is wrong."
            await refuse(context, grpc.StatusCode.UNAUTHENTICATED, "TOKEN_WRONG", sentence, [])


async def refuse(context, code, reason: str, sentence: str, details: Iterable[Message]) -> None:
    """End a call as the daemon does: a sentence, and ``google.rpc`` details."""
    status = Status(code=code.value[0], message=sentence)
    for detail in (ErrorInfo(reason=reason, domain="sfumato"), *details):
        packed = AnyMessage()
        packed.Pack(detail)
        status.details.append(packed)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    await context.abort(code, sentence)


def deflated(size: int) -> bytes:
    """A zlib stream of zeros that inflates to ``size`` bytes."""
    return zlib.compress(bytes(size), 9)
