"""Who watches which job, and what becomes of one that nobody watches any more.

Every stream that shows a job says ``attached`` first and ``disconnected`` at its end, however that
comes; one that has sent everything says ``delivered`` before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sfumato.jobs.archive import Archive
from sfumato.jobs.job import Job, OnDisconnect
from sfumato.jobs.moments import Delivered, Observe, about, unobserved

DISCONNECT_GRACE = 2.0
"""Seconds in which somebody may attach again before ``OnDisconnect.CANCEL`` takes effect."""
RESTART_GRACE = 30.0
"""The same after the daemon was restarted: its clients come back one by one."""


class Attendance:
    """Counts watchers. ``cancel(job)`` is called for jobs that are not to go on without."""

    def __init__(
        self, archive: Archive, cancel: Callable[[Job], None], observe: Observe = unobserved
    ) -> None:
        self._archive = archive
        self._cancel = cancel
        self._observe = observe

    def attached(self, job: Job, on_disconnect: OnDisconnect | None = None) -> None:
        """Somebody watches the job, and may say anew what a broken connection means."""
        job.watchers += 1
        if on_disconnect is not None and on_disconnect is not job.on_disconnect:
            job.on_disconnect = on_disconnect
            self._archive.keep(job)

    def disconnected(self, job: Job) -> None:
        """Somebody watches no more."""
        job.watchers -= 1
        self._archive.sweep_soon()
        self._look_again(job, DISCONNECT_GRACE)

    def delivered(self, job: Job) -> None:
        """The owner has seen everything, up to the ending."""
        if not job.delivered:
            job.delivered = True
            self._archive.keep(job)
            self._observe(Delivered(about(job)))

    def restarted(self, job: Job) -> None:
        """An earlier daemon's job goes on, and nobody can have attached to it yet."""
        self._look_again(job, RESTART_GRACE)

    def _look_again(self, job: Job, seconds: float) -> None:
        if job.on_disconnect is OnDisconnect.CANCEL and not job.watchers and not job.state.ended:
            asyncio.get_running_loop().call_later(seconds, self._cancel_unwatched, job)

    def _cancel_unwatched(self, job: Job) -> None:
        if not job.watchers and not job.state.ended:
            self._cancel(job)
