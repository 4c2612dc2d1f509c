"""Jobs for tests that need no engine."""

from __future__ import annotations

from itertools import count

from sfumato.engines.messages import Work
from sfumato.engines.parameters import Parameters
from sfumato.jobs.job import Job, OnDisconnect, Submission
from sfumato_client.geometry import Extent
from tests.support.engines import SIDE, small_layout

_numbers = count()


def small_job(engine: str = "puppet", private: bool = False, variations: int = 1) -> Job:
    """A waiting job of ``SIDE`` x ``SIDE`` pixels a variation, without an arena."""
    arrival = next(_numbers)
    _, region = small_layout(variations)
    parameters = Parameters(variations=variations)
    work = Work(f"job-{arrival}", "", Extent(SIDE, SIDE), (region,), parameters)
    submission = Submission("ann", work.id, "digest", engine, work, private=private)
    return Job(submission, arrival, OnDisconnect.KEEP)
