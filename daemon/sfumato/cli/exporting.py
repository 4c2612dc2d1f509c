"""``sfumato history export``: everything that is kept of a job, as files."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from google.protobuf.json_format import MessageToDict
from rich.markup import escape

from sfumato.cli import options
from sfumato.cli.console import out
from sfumato.cli.failures import BadInput
from sfumato.cli.grouped import grouped
from sfumato.cli.named import Named, session_with
from sfumato.cli.rasters import pixels_of
from sfumato.cli.stored_job import SHORT, StoredJob, fetch, whole_id
from sfumato.imaging.depth import Pixels
from sfumato.picture.picture import Format, Picture
from sfumato.picture.writing import encode, write_atomically
from sfumato_client.endpoint import Endpoint
from sfumato_client.stored import StoredPlane

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty directory.")]


@grouped
def export(
    job: options.JobId,
    folder: Folder,
    named: Named,
) -> None:
    """Write a job's inputs, mask, parameters and results, and the picture before and after."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} is not an empty directory; name a new one.")
    stored = asyncio.run(_fetch(named.endpoint(), job))
    folder.mkdir(parents=True, exist_ok=True)
    for name, pixels in _pictures(stored):
        write_atomically(folder / name, encode(Picture(pixels), Format.PNG))
    described = json.dumps(_described(stored), indent=2, ensure_ascii=False) + "\n"
    write_atomically(folder / "job.json", described.encode("utf-8"))
    short = stored.record.summary.job_id[:SHORT]
    out.print(f"[green]{escape(str(folder))}[/green] has all of {short}.")


async def _fetch(endpoint: Endpoint, beginning: str) -> StoredJob:
    async with session_with(endpoint) as session:
        job_id = await whole_id(session, beginning)
        return await fetch(session, job_id, inputs=True, results=True)


def _pictures(stored: StoredJob) -> Iterator[tuple[str, Pixels]]:
    """Every file's name and pixels: the planes as they are, then what a person wants to see."""
    several = len(stored.of("picture")) > 1
    for plane in stored.planes:
        yield _name(plane, several), pixels_of(plane.raster)
    yield "before.png", stored.before()
    for variation in stored.variations:
        yield f"after-{variation}.png", stored.after(variation)


def _name(plane: StoredPlane, several: bool) -> str:
    parts = [_WORDS.get(plane.role, plane.role)]
    if plane.role == "color":
        parts.append(str(plane.variation))
    if several or plane.bounds is None:
        parts.append(f"region-{plane.index}" if plane.bounds else str(plane.index))
    return "-".join(parts) + ".png"


_WORDS = {"picture": "input", "mask": "sent-mask", "color": "result", "result_mask": "mask"}


def _described(stored: StoredJob) -> dict[str, Any]:
    windows = [list(plane.bounds) for plane in stored.of("picture") if plane.bounds]
    record = MessageToDict(stored.record, preserving_proto_field_name=True)
    return {**record, "windows": windows}
