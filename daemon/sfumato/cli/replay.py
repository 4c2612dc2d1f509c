"""``sfumato replay``: do a job of the history once more, and see whether it gives the same."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
import typer
from rich.markup import escape

from sfumato.cli import options
from sfumato.cli.console import out, print_json, say
from sfumato.cli.failures import FAILED, BadInput
from sfumato.cli.grouped import grouped
from sfumato.cli.named import Named, session_with
from sfumato.cli.progress import job_progress
from sfumato.cli.rasters import pixels_of
from sfumato.cli.stored_job import SHORT, StoredJob, coverage_of, fetch, whole_id
from sfumato_client import events
from sfumato_client.edit import Edit
from sfumato_client.geometry import Extent
from sfumato_client.wire import jobs_pb2
from sfumato_client.wire.inpainting_pb2 import OnDisconnect
from sfumato_client.wire.parameters_pb2 import Parameters


@dataclass(frozen=True)
class Difference:
    """How far a variation is from the stored one: the largest step of a sample, and where it is.

    ``levels`` is out of ``full``, 255 or 65535; ``pixels`` counts those that differ at all.
    """

    variation: int
    levels: int
    full: int
    pixels: int


class Replayed(NamedTuple):
    """Both records, and the differences of their results."""

    before: jobs_pb2.GetJobResponse
    after: jobs_pb2.GetJobResponse
    differences: list[Difference]

    @property
    def identical(self) -> bool:
        """Whether every bit is the same."""
        return not any(difference.pixels for difference in self.differences)

    @property
    def changed(self) -> dict[str, list[str]]:
        """What the results depend on and is not as it was: values then and now."""
        then, now = self.before.environment, self.after.environment
        names = sorted({*then, *now})
        pairs = {name: [then.get(name, "-"), now.get(name, "-")] for name in names}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@grouped
def replay(
    job: options.JobId,
    named: Named,
    json: options.Json = False,
) -> None:
    """Do a job of the history again from its stored input, alone, and compare the results.

    Exit code 1 if they differ. Nothing of the replay stays in the history.
    """
    replayed = asyncio.run(_replay(named, job))
    if json:
        print_json(
            {
                "job": replayed.before.summary.job_id,
                "identical": replayed.identical,
                "variations": [asdict(difference) for difference in replayed.differences],
                "changed": replayed.changed,
            }
        )
    else:
        _tell(replayed)
    if not replayed.identical:
        raise typer.Exit(FAILED)


async def _replay(named: Named, beginning: str) -> Replayed:
    async with session_with(named.endpoint()) as session:
        stored = await fetch(
            session, await whole_id(session, beginning), inputs=False, results=True
        )
        summary = stored.record.summary
        if not stored.variations:
            raise BadInput("This job has no result to compare with.")
        edit = Edit(
            Extent(stored.record.canvas.width, stored.record.canvas.height),
            Parameters(),
            stored_input=summary.job_id,
            repeat=True,
            preview_side=0,
            on_disconnect=OnDisconnect.ON_DISCONNECT_CANCEL,
            title=f"Replay of {summary.job_id[:SHORT]}",
        )
        job = await session.start(edit)
        results = []
        with job_progress() as progress:
            async for event in job:
                progress.show(event)
                if isinstance(event, events.Result) and not event.stage:
                    results.append(event)
        after = await session.job(job.id)
        await session.forget(jobs_pb2.ForgetJobsRequest(job_id=job.id))
        return Replayed(stored.record, after, [*_differences(stored, results)])


def _differences(stored: StoredJob, results: list[events.Result]) -> Iterator[Difference]:
    for result in results:
        colors = stored.of("color", result.variation)
        masks = stored.of("result_mask")
        levels, pixels, full = 0, 0, 255
        for color, mask, piece in zip(colors, masks, result.pieces, strict=True):
            before, after = pixels_of(color.raster), pixels_of(piece.color)
            step = np.abs(before.astype(np.int32) - after.astype(np.int32)).max(axis=2)
            covered = np.frombuffer(piece.mask, np.uint8).reshape(step.shape)
            alpha = np.abs(coverage_of(mask).astype(np.int32) - covered)
            levels = max(levels, int(step.max()), int(alpha.max()))
            pixels += int(((step > 0) | (alpha > 0)).sum())
            full = int(np.iinfo(before.dtype).max)
        yield Difference(result.variation, levels, full, pixels)


def _tell(replayed: Replayed) -> None:
    for difference in replayed.differences:
        which = f"result {difference.variation}"
        if difference.pixels:
            out.print(
                f"[yellow]{which}: differs by at most {difference.levels} of {difference.full}, "
                f"in {difference.pixels} pixels[/yellow]"
            )
        else:
            out.print(f"[green]{which}: bit-identical[/green]")
    for name, (then, now) in replayed.changed.items():
        say(f"{escape(name)} was {then} then, and is {now} now.")
