"""``sfumato history``: the jobs that the daemon remembers, and forgetting them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import typer
from google.protobuf.json_format import MessageToDict
from google.protobuf.timestamp_pb2 import Timestamp
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from sfumato.cli import options
from sfumato.cli.console import out, print_json
from sfumato.cli.exporting import export
from sfumato.cli.failures import BadInput
from sfumato.cli.grouped import grouped
from sfumato.cli.named import Named, session_with
from sfumato.cli.stored_job import SHORT, whole_id
from sfumato_client.session import Session
from sfumato_client.wire import jobs_pb2

_SHOW = "show"


class _JobsByName(TyperGroup):
    """What is no command is a job: ``sfumato history 3f2a``."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command, which is ``show`` for anything that names none."""
        known = self.get_command(ctx, args[0]) is not None
        return super().resolve_command(ctx, args if known else [_SHOW, *args])


history = typer.Typer(
    cls=_JobsByName, add_completion=False, help="The jobs that the daemon remembers."
)
history.command()(export)

Most = Annotated[int, typer.Option("--limit", min=1, help="How many, newest first.")]
Before = Annotated[
    datetime | None,
    typer.Option(
        metavar="DATE",
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"],
        help="All that ended before then.",
    ),
]


@history.callback(invoke_without_command=True, subcommand_metavar="[JOB | export | forget]")
@grouped
def unless_told_otherwise(
    context: typer.Context,
    named: Named,
    limit: Most = 20,
    json: options.Json = False,
) -> None:
    """List the jobs that the daemon remembers, or show the one named JOB."""
    if context.invoked_subcommand is not None:
        return
    jobs = asyncio.run(_listed(named, limit))
    if json:
        print_json([MessageToDict(job, preserving_proto_field_name=True) for job in jobs])
    else:
        out.print(_table(jobs) if jobs else "The daemon remembers no jobs of yours.")


@history.command(_SHOW)
@grouped
def show(
    job: options.JobId,
    named: Named,
    json: options.Json = False,
) -> None:
    """Show all that was recorded of a job."""
    record = asyncio.run(_recorded(named, job))
    if json:
        print_json(MessageToDict(record, preserving_proto_field_name=True))
        return
    table = Table.grid(padding=(0, 2))
    for name, value in _lines(record):
        table.add_row(name, escape(value))
    out.print(table)


@history.command()
@grouped
def forget(
    named: Named,
    job: Annotated[str, typer.Argument(metavar="[JOB]", help="Its id, or how it begins.")] = "",
    before: Before = None,
    everything: Annotated[bool, typer.Option("--all", help="All that have ended.")] = False,
) -> None:
    """Delete jobs with their pictures from the daemon. What runs or waits is left alone."""
    if bool(job) + (before is not None) + everything != 1:
        raise BadInput("Say what to forget: a JOB, --before DATE, or --all.")
    which = jobs_pb2.ForgetJobsRequest(all=True) if everything else jobs_pb2.ForgetJobsRequest()
    if before is not None:
        moment = Timestamp()
        moment.FromDatetime(before.astimezone())
        which.before.CopyFrom(moment)
    count = asyncio.run(_forgotten(named, job, which))
    out.print(f"{count} forgotten.")


async def _listed(named: Named, limit: int) -> list[jobs_pb2.JobSummary]:
    found: list[jobs_pb2.JobSummary] = []
    async with _session(named) as session:
        async for job in session.jobs():
            if len(found) == limit:
                break
            found.append(job)
    return found


async def _recorded(named: Named, beginning: str) -> jobs_pb2.GetJobResponse:
    async with _session(named) as session:
        return await session.job(await whole_id(session, beginning))


async def _forgotten(named: Named, beginning: str, which: jobs_pb2.ForgetJobsRequest) -> int:
    async with _session(named) as session:
        if beginning:
            which.job_id = await whole_id(session, beginning)
        return await session.forget(which)


def _session(named: Named) -> Session:
    return session_with(named.endpoint())


def _table(jobs: list[jobs_pb2.JobSummary]) -> Table:
    table = Table("Job", "When", "State", "Model", "From", "Title", box=None, pad_edge=False)
    for job in jobs:
        table.add_row(
            job.job_id[:SHORT],
            _when(job.created_at),
            _state(job) + ("" if job.inputs_kept else ", pictures gone"),
            escape(job.model),
            escape(job.client),
            escape(job.title),
        )
    return table


def _lines(record: jobs_pb2.GetJobResponse) -> Iterator[tuple[str, str]]:
    job = record.summary
    yield "job", job.job_id
    yield "title", job.title
    yield "from", job.client
    yield "accepted", _when(job.created_at)
    yield "state", _state(job) + (f": {job.error}" if job.error else "")
    if job.HasField("ended_at"):
        yield "ended", _when(job.ended_at)
    bounds = job.bounds
    yield "picture", f"{record.canvas.width} x {record.canvas.height}"
    yield "worked on", f"{bounds.width} x {bounds.height} at {bounds.x}, {bounds.y}"
    used = record.resolved if record.HasField("resolved") else record.requested
    for name, value in MessageToDict(used, preserving_proto_field_name=True).items():
        yield name.replace("_", " "), str(value)
    for notice in record.notices:
        yield "note", notice
    times = (f"{name} {seconds:.2f} s" for name, seconds in record.seconds.items() if seconds)
    yield "time", ", ".join(times)
    yield "made with", ", ".join(" ".join(pair) for pair in sorted(record.environment.items()))
    for variation, digest in enumerate(record.result_digests):
        yield f"result {variation}", f"seed {record.seeds[variation]}, SHA-256 {digest or '-'}"
    yield "pictures", "kept" if job.inputs_kept else "no longer kept"


def _state(job: jobs_pb2.JobSummary) -> str:
    return jobs_pb2.JobState.Name(job.state).removeprefix("JOB_STATE_").lower()


def _when(moment: Timestamp) -> str:
    return f"{datetime.fromtimestamp(moment.seconds).astimezone():%Y-%m-%d %H:%M:%S}"
