"""One edit of a picture, from its pixels to the daemon and back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace

from sfumato.cli.asking import Sought, found
from sfumato.cli.daemon import known_endpoint, own_daemon
from sfumato.cli.named import OWN, Named, session_with
from sfumato.cli.outcome import Outcome
from sfumato.cli.progress import JobProgress, job_progress
from sfumato.cli.rasters import cropped
from sfumato.cli.request import Request, edit_of
from sfumato.picture.picture import Notice
from sfumato.picture.profile import CLIPPED, clips, encoding_of
from sfumato_client.edit import Edit
from sfumato_client.endpoint import Endpoint
from sfumato_client.errors import SfumatoError
from sfumato_client.job import Job
from sfumato_client.outpaint import Growth
from sfumato_client.session import Session
from sfumato_client.wire.models_pb2 import ListModelsResponse

# How long the daemon may take to confirm a cancel before the command leaves anyway.
_CANCEL_SECONDS = 5


def perform(request: Request, named: Named = OWN, losses: Sequence[Notice] = ()) -> Outcome:
    """Have an edit done by the user's daemon, or by one started for this call.

    ``losses`` are what the result's format cannot hold. Blocks; Ctrl+C cancels the job and raises
    ``KeyboardInterrupt``. Raises ``SfumatoError``.
    """
    outcome = begun_with(request, losses)
    begun = time.perf_counter()
    endpoint = known_endpoint(named)
    with nullcontext(endpoint) if endpoint is not None else own_daemon() as found:
        if endpoint is None:
            outcome.seconds["start the daemon"] = time.perf_counter() - begun
        asyncio.run(_edit(found, request, outcome))
    return outcome


def begun_with(request: Request, losses: Sequence[Notice], *, aloud: bool = True) -> Outcome:
    """What is known of an edit's outcome before it begins."""
    encoding, ignored = encoding_of(request.picture)
    outcome = Outcome(encoding, isinstance(request.target, Growth), aloud)
    for notice in (*request.picture.notices, *losses, *ignored):
        outcome.note(*notice)
    return outcome


async def _edit(endpoint: Endpoint, request: Request, outcome: Outcome) -> None:
    begun = time.perf_counter()
    async with session_with(endpoint) as session:
        with job_progress() as progress:
            edit = await prepared(
                session, await session.models(), request, outcome, phases=progress.say
            )
            outcome.seconds["prepare"] = time.perf_counter() - begun
            await _follow(await session.start(edit), outcome, progress)
    outcome.seconds["in all"] = time.perf_counter() - begun


async def prepared(
    session: Session,
    listed: ListModelsResponse,
    request: Request,
    outcome: Outcome,
    phases: Callable[[str], object],
) -> Edit:
    """The edit as it travels, once the daemon has found what it is to find."""
    picture, encoding = request.picture, outcome.encoding
    if isinstance(request.target, Sought):
        selection = await found(session, picture, request.target, encoding, phases)
        request = replace(request, target=selection)
    edit = await asyncio.to_thread(edit_of, request, listed, encoding)
    outcome.windows = tuple(region.window for region in edit.regions)
    if any(clips(cropped(picture, window), encoding) for window in outcome.windows):
        outcome.note(*CLIPPED)
    return edit


async def _follow(job: Job, outcome: Outcome, progress: JobProgress) -> None:
    """Show and collect a job's events; a cancelled task cancels the job."""
    try:
        async for event in job:
            progress.show(event)
            outcome.take(event)
    except asyncio.CancelledError:
        await _give_up(job)
        raise


async def _give_up(job: Job) -> None:
    try:
        async with asyncio.timeout(_CANCEL_SECONDS):
            await job.cancel()
            async for _ in job:
                pass
    except (SfumatoError, TimeoutError):
        return  # ended, as it should; or the daemon ends it when this connection closes
