"""A job of the history once more, from its stored input, as a job of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sfumato.jobs.job import Job
from sfumato.service.intake import Intake
from sfumato_client.version import PROTOCOL
from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import pixels_pb2 as px

_SHORT = 8


async def replay(intake: Intake, job: Job, request_id: str) -> Job:
    """Hand the job in again, to be done exactly; raises what the intake raises.

    It goes on whether or not the page stays open, and is kept in the history.
    """
    canvas = px.Extent(width=job.work.canvas.width, height=job.work.canvas.height)
    header = pb.InpaintHeader(
        protocol=pb.ProtocolVersion(major=PROTOCOL[0], minor=PROTOCOL[1]),
        request_id=request_id,
        client=pb.Client(id="page", name="page"),
        canvas=canvas,
        stored_input=pb.StoredInput(job_id=job.id, repeat=True),
        private=job.submission.private,
        title=f"Replay of {job.id[:_SHORT]}",
    )

    async def requests() -> AsyncIterator[pb.InpaintRequest]:
        yield pb.InpaintRequest(header=header)

    return (await intake.take_in(job.owner, requests())).job
