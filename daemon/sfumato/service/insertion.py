"""What a client tells of the layer that it made: checked, and a moment for whoever watches."""

from __future__ import annotations

from sfumato.jobs.job import Job
from sfumato.jobs.moments import Inserted, about
from sfumato.service.status import invalid
from sfumato_client.wire import inpainting_pb2 as pb

_MOST = 7 * 24 * 3600.0
"""Seconds. A result may wait for its artist over a weekend."""


def inserted(job: Job, report: pb.ReportInsertionRequest) -> Inserted:
    """The moment that a report tells of; a ``Refusal`` for times that cannot be."""
    before = _MOST
    for name in ("asked_seconds", "sent_seconds", "inserting_seconds"):
        seconds = getattr(report, name)
        if not 0 <= seconds <= before:
            raise invalid(name, f"{name} is {seconds:g}, not 0 to {before:g}.")
        before = seconds
    return Inserted(about(job), report.asked_seconds, report.sent_seconds, report.inserting_seconds)
