"""The daemons that GIMP is pointed at, and what becomes of its jobs there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from sfumato_client.wire import jobs_pb2
from sfumato_client.wire.inpainting_pb2 import InpaintEvent, InpaintRequest
from tests.editors.gimp import Gimp
from tests.editors.gimp_documents import Answer
from tests.editors.scripted_daemon import ScriptedDaemon
from tests.support.daemon import GUARD, Daemon


class AttentiveDaemon(ScriptedDaemon):
    """Knows when a client has left: the job of such a one is to be cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.left = threading.Event()

    def Inpaint(  # noqa: N802
        self, requests: Iterator[InpaintRequest], context: grpc.ServicerContext
    ) -> Iterator[InpaintEvent]:
        """As always."""
        context.add_callback(self.left.set)
        return super().Inpaint(requests, context)


def connect(gimp: Gimp, address: str = "", token: str = "") -> Answer:
    """Point the plug-in at another daemon, or back at the one of its environment."""
    arguments = {"procedure": "connection", "address": address, "token": token}
    return Answer(**gimp.play("edits.run", **arguments))


@contextmanager
def connected(gimp: Gimp, address: str, token: str) -> Iterator[Answer]:
    """Have the plug-in use another daemon inside, and its own again afterwards."""
    try:
        yield connect(gimp, address, token)
    finally:
        connect(gimp)


def next_running_job(daemon: Daemon) -> str:
    """Wait until an engine works for GIMP; the job's id."""
    with daemon.stub() as stub:
        request = jobs_pb2.WatchQueueRequest()
        for queue in stub.WatchQueue(request, metadata=daemon.metadata, timeout=GUARD):
            for entry in queue.entries:
                if entry.state == jobs_pb2.JOB_STATE_RUNNING and entry.job_id:
                    return str(entry.job_id)
    raise AssertionError("the queue's stream ended")


def end_of(daemon: Daemon, job: str) -> int:
    """Wait until the job has left the queue; its state."""
    with daemon.stub() as stub:
        request = jobs_pb2.WatchQueueRequest()
        for queue in stub.WatchQueue(request, metadata=daemon.metadata, timeout=GUARD):
            if all(entry.job_id != job for entry in queue.entries):
                break
        listed = jobs_pb2.ListJobsRequest()
        reply = stub.ListJobs(listed, metadata=daemon.metadata, timeout=GUARD)
    return next(int(each.state) for each in reply.jobs if each.job_id == job)


def states(daemon: Daemon) -> list[int]:
    """The states of all its jobs."""
    with daemon.stub() as stub:
        request = jobs_pb2.ListJobsRequest()
        reply = stub.ListJobs(request, metadata=daemon.metadata, timeout=GUARD)
    return [int(job.state) for job in reply.jobs]
