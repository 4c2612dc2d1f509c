"""The jobs in memory: all that have not ended, those that somebody holds, and the last few others.

What has ended lies in the journal. A job has one object as long as anybody holds it, so that all
its watchers are counted in one place.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from weakref import WeakValueDictionary

from sfumato.jobs.job import Job

RECENT = 100
"""Ended jobs that are kept in memory though nobody holds them; each takes about 11 kB."""


class Known:
    """Jobs by id and by request."""

    def __init__(self) -> None:
        self._held: WeakValueDictionary[str, Job] = WeakValueDictionary()
        self._requests: WeakValueDictionary[tuple[str, str], Job] = WeakValueDictionary()
        self._unended: dict[str, Job] = {}
        self._recent: OrderedDict[str, Job] = OrderedDict()

    @property
    def unended(self) -> Sequence[Job]:
        """The jobs that have not ended, oldest first."""
        return list(self._unended.values())

    def get(self, job_id: str) -> Job | None:
        """The job of this id, if it is in memory."""
        return self._held.get(job_id)

    def of_request(self, owner: str, request_id: str) -> Job | None:
        """The job that the owner's request has made, if it is in memory."""
        return self._requests.get((owner, request_id))

    def remember(self, job: Job) -> None:
        """Have a job in memory: for good until it ends, then for a while."""
        self._held[job.id] = job
        self._requests[job.owner, job.submission.request_id] = job
        if not job.state.ended:
            self._unended[job.id] = job
            return
        self._unended.pop(job.id, None)
        self._recent[job.id] = job
        self._recent.move_to_end(job.id)
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)

    def let_go(self, job_id: str) -> None:
        """A job is no more."""
        job = self._held.pop(job_id, None)
        self._unended.pop(job_id, None)
        self._recent.pop(job_id, None)
        if job is not None:
            self._requests.pop((job.owner, job.submission.request_id), None)
