"""Engine hosts of tests, and what is waited for of them."""

import asyncio
from collections.abc import AsyncIterator, Callable

import psutil

from sfumato.engines.host import EngineHost, HostState
from sfumato.engines.messages import Progress, WorkReport
from sfumato.engines.work import Work

MakeHost = Callable[..., EngineHost]


async def reports_of(host: EngineHost, work: Work) -> list[WorkReport]:
    return [report async for report in host.submit(work)]


async def until_running(reports: AsyncIterator[WorkReport]) -> None:
    async for report in reports:
        if isinstance(report, Progress):
            return


async def until(host: EngineHost, state: HostState) -> None:
    while host.state is not state:
        await asyncio.sleep(0.01)


async def until_gone(pid: int) -> None:
    while psutil.pid_exists(pid):
        await asyncio.sleep(0.01)


async def until_free(host: EngineHost) -> None:
    while not host.free:
        await asyncio.sleep(0.01)


async def until_end(stream: AsyncIterator[WorkReport]) -> WorkReport:
    return [report async for report in stream][-1]
