"""The process that draws: it comes with the first picture and leaves after the last."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sfumato.service.status import Refusal
from sfumato.web.drawings import Drawing
from sfumato.web.renderer import Renderer
from tests.support.daemon import GUARD
from tests.support.engines import small_work


@pytest.fixture
async def renderer() -> AsyncIterator[Renderer]:
    renderer = Renderer()
    yield renderer
    await renderer.close()
    assert not renderer.running


def drawing(folder: Path) -> Drawing:
    return Drawing(small_work(folder, "job"), "before", 0, 8)


async def test_the_process_is_there_only_while_somebody_looks(tmp_path: Path) -> None:
    renderer = Renderer(idle_seconds=0.05)
    assert not renderer.running
    assert (await renderer.draw(drawing(tmp_path)))[:4] == b"RIFF"
    async with asyncio.timeout(GUARD):
        while renderer.running:
            await asyncio.sleep(0.01)
    assert (await renderer.draw(Drawing(small_work(tmp_path, "two"), "after", 0, 8)))[:4] == b"RIFF"
    await renderer.close()


async def test_pictures_that_are_gone_are_told_and_the_next_is_drawn(
    renderer: Renderer, tmp_path: Path
) -> None:
    wanted = drawing(tmp_path)
    Path(wanted.work.arena).rename(tmp_path / "away")
    with pytest.raises(Refusal, match="no longer has the pictures"):
        await renderer.draw(wanted)
    (tmp_path / "away").rename(wanted.work.arena)
    assert await renderer.draw(wanted)


async def test_a_process_that_dies_costs_one_picture(renderer: Renderer, tmp_path: Path) -> None:
    wanted = drawing(tmp_path)
    await renderer.draw(wanted)
    assert renderer.pid is not None
    os.kill(renderer.pid, signal.SIGSTOP)
    lost = asyncio.ensure_future(renderer.draw(wanted))
    await asyncio.sleep(0)
    os.kill(renderer.pid, signal.SIGKILL)
    with pytest.raises(Refusal, match="could not be drawn"):
        await lost
    assert await renderer.draw(wanted)


async def test_who_goes_away_while_a_picture_is_drawn_disturbs_nobody(
    renderer: Renderer, tmp_path: Path
) -> None:
    large = Drawing(small_work(tmp_path, "one"), "before", 0, 0)
    small = Drawing(small_work(tmp_path, "two"), "before", 0, 8)
    gone = asyncio.ensure_future(renderer.draw(large))
    await asyncio.sleep(0)
    gone.cancel()
    # Not the answer to the question before.
    assert (await renderer.draw(small))[:4] == b"RIFF"
