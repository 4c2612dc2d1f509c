"""What becomes of GIMP's jobs, as their daemon tells it."""

from __future__ import annotations

from sfumato_client.wire import jobs_pb2
from tests.support.daemon import Daemon


def next_running_job(daemon: Daemon) -> str:
    """Wait until an engine works for GIMP; the job's id."""
    with daemon.stub() as stub:
        request = jobs_pb2.WatchQueueRequest()
        for queue in stub.WatchQueue(request, metadata=daemon.metadata, timeout=120):
            for entry in queue.entries:
                if entry.state == jobs_pb2.JOB_STATE_RUNNING and entry.job_id:
                    return str(entry.job_id)
    raise AssertionError("the queue's stream ended")


def end_of(daemon: Daemon, job: str) -> int:
    """Wait until the job has left the queue; its state."""
    with daemon.stub() as stub:
        request = jobs_pb2.WatchQueueRequest()
        for queue in stub.WatchQueue(request, metadata=daemon.metadata, timeout=60):
            if all(entry.job_id != job for entry in queue.entries):
                break
        listed = jobs_pb2.ListJobsRequest()
        reply = stub.ListJobs(listed, metadata=daemon.metadata, timeout=60)
    return next(int(each.state) for each in reply.jobs if each.job_id == job)
