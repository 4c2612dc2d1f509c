"""The picture of `sfumato top` in the guide: `python -m tests.cli.guide docs/images`."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from rich.console import Console

from sfumato.cli.overview import overview
from sfumato_client.wire import jobs_pb2

_GIB = 1 << 30


def entry(name: str, state: str, **fields: object) -> jobs_pb2.QueueEntry:
    """An edit of somebody."""
    number = jobs_pb2.JobState.Value(f"JOB_STATE_{state}")
    fields = {"priority": "interactive", "model": "sdxl-inpaint", **fields}
    return jobs_pb2.QueueEntry(owner=name, state=number, **fields)  # type: ignore[arg-type]


_DEVICES = [
    jobs_pb2.Device(name="cpu", running=0, busy=0.04, models=["fill"]),
    jobs_pb2.Device(
        name="cuda:0",
        running=3,
        busy=0.97,
        batch=3,
        models=["sdxl-inpaint"],
        loaded=[jobs_pb2.LoadedModel(name="sdxl-inpaint", memory_bytes=6_940_000_000)],
        memory_used_bytes=11 * _GIB,
        memory_bytes=24 * _GIB,
    ),
    jobs_pb2.Device(
        name="cuda:1",
        running=1,
        busy=0.71,
        batch=1,
        models=["flux-fill"],
        loaded=[jobs_pb2.LoadedModel(name="flux-fill", memory_bytes=17_300_000_000)],
        memory_used_bytes=21 * _GIB,
        memory_bytes=24 * _GIB,
    ),
]


def afternoon() -> jobs_pb2.WatchQueueResponse:
    """A studio at work, as an admin sees it."""
    running = {"steps": 30, "seconds_in_state": 9}
    return jobs_pb2.WatchQueueResponse(
        devices=_DEVICES,
        entries=[
            entry("anna", "RUNNING", step=12, eta_seconds=14, **running),
            entry("ben", "RUNNING", step=21, eta_seconds=7, **running),
            entry(
                "this computer",
                "RUNNING",
                mine=True,
                title="Remove 3",
                step=4,
                eta_seconds=20,
                **running,
            ),
            entry("chloe", "RUNNING", model="flux-fill", step=9, eta_seconds=31, **running),
            entry("anna", "QUEUED", position=1, eta_seconds=7, seconds_in_state=3),
            entry(
                "ben",
                "QUEUED",
                position=2,
                model="flux-fill",
                eta_seconds=33,
                seconds_in_state=21,
            ),
            entry(
                "this computer",
                "QUEUED",
                position=3,
                mine=True,
                title="beach.jpg",
                priority="batch",
                eta_seconds=140,
                seconds_in_state=400,
            ),
            entry("dora", "PAUSED", seconds_in_state=1500),
        ],
    )


def main(folder: Path) -> None:
    """Write ``top.svg``."""
    console = Console(record=True, width=108, file=io.StringIO(), force_terminal=True)
    console.print(overview("render.studio.lan:7878", afternoon(), live=True))
    console.save_svg(str(folder / "top.svg"), title="sfumato top")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
