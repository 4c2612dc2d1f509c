"""Streams that are ended from the daemon's side."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from grpc import StatusCode

from sfumato.service.status import Refusal
from sfumato.service.streams import Streams


class _Client:
    """A context whose client reads everything at once."""

    async def write(self, _: object) -> None:
        pass


async def test_a_stream_that_is_still_winding_up_is_not_ended_again() -> None:
    """As when the daemon ends the watches, and a moment later whatever is left."""
    watched, winding_up = asyncio.Event(), asyncio.Event()

    async def events() -> AsyncIterator[object]:
        try:
            yield object()
            watched.set()
            await asyncio.Event().wait()
        finally:
            winding_up.set()
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    streams = Streams(stall_seconds=60)
    method = "/sfumato.v1.Inpainting/WatchQueue"
    stream = asyncio.create_task(streams.send(events(), cast("Any", _Client()), method, "ann"))
    await watched.wait()
    streams.end_watches()
    await winding_up.wait()
    streams.end_all()
    with pytest.raises(Refusal) as refused:
        await stream
    assert refused.value.code is StatusCode.UNAVAILABLE
