"""What a daemon finds of the one before it: jobs that go on, and jobs that are history.

A row and its pixels reach the disk at different moments, so that after a power cut a row may tell
of pixels that are not there. What was written after the last sync is therefore compared with its
digest.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from sfumato.engines.work import Work
from sfumato.jobs.course import Course, Row, job_of, read
from sfumato.jobs.digests import inputs_digest, result_digest
from sfumato.jobs.events import Failed
from sfumato.jobs.job import Job, JobState, Submission
from sfumato.jobs.journal import Contents
from sfumato.jobs.spool import Spool

log = logging.getLogger(__name__)

_RESTARTED = ("DAEMON_RESTARTED", "The daemon was restarted meanwhile, and the edit goes on.")
_LOST = Failed(
    "PICTURES_LOST",
    "The computer stopped before the pictures of this edit were on its disk. Send it again.",
)


class Recovered(NamedTuple):
    """A job of an earlier daemon; ``changed`` if it is not any more as the journal has it."""

    job: Job
    changed: bool


def recovered(contents: Contents, spool: Spool) -> list[Recovered]:
    """The jobs in order of arrival, as they go on. Reads pixels: not for the event loop.

    A job that cannot go on has failed, with a sentence. Rows that cannot be read stay where they
    are, and so do their pixels.
    """
    return [*_recovered(contents, spool)]


def from_row(row: Row, spool: Spool) -> Job | None:
    """An ended job as it was written down; None, and a line in the log, if it cannot be read."""
    told = _told(row, spool)
    return told and job_of(*told)


def _recovered(contents: Contents, spool: Spool) -> Iterator[Recovered]:
    for row in contents.rows:
        told = _told(row, spool)
        if told is not None:
            submission, before = told
            after = _going_on(_as_found(before, submission.work, spool, row, contents.synced))
            yield Recovered(job_of(submission, after), after != before)


def _told(row: Row, spool: Spool) -> tuple[Submission, Course] | None:
    """What a row tells, with the arena where it is now; None if it cannot be read."""
    try:
        submission, course = read(row)
    except ValueError as error:
        log.error("the journal's row of job %s cannot be read: %s", row.id, error)
        return None
    # The state directory may have moved.
    work = replace(submission.work, arena=str(spool.path(row.id)))
    return replace(submission, work=work), course


def _as_found(course: Course, work: Work, spool: Spool, row: Row, synced: int) -> Course:
    """The course without the pixels that are not there."""
    if not course.arena_kept:
        return course
    if not spool.size(row.id):
        return replace(course, arena_kept=False)
    if row.round <= synced:
        return course
    if not _is(course.inputs_digest, partial(inputs_digest, work)):
        return replace(course, arena_kept=False)
    whole = {
        variation: digest
        for variation, digest in course.digests.items()
        if _is(digest, partial(result_digest, work, variation))
    }
    seeds = {variation: course.seeds[variation] for variation in whole}
    unmade = course.state is JobState.DONE and any(
        variation not in whole for variation in range(work.parameters.variations)
    )
    state = JobState.QUEUED if unmade else course.state  # The same seed makes the same again.
    ended_at = None if unmade else course.ended_at
    return replace(course, state=state, ended_at=ended_at, seeds=seeds, digests=whole)


def _going_on(course: Course) -> Course:
    """The course from now on."""
    if course.state.ended:
        return course
    if not course.arena_kept:
        now = datetime.now(UTC)
        return replace(course, state=JobState.FAILED, failure=_LOST, ended_at=now)
    state = JobState.QUEUED if course.state is JobState.RUNNING else course.state
    notices = dict([*course.notices, _RESTARTED])
    return replace(course, state=state, notices=tuple(notices.items()))


def _is(digest: str, found: Callable[[], str]) -> bool:
    try:
        return found() == digest
    except (OSError, ValueError):  # Shorter than it was to be.
        return False
