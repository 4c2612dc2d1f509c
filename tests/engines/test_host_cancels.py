"""Work that is cancelled at an engine host ends at once, and exactly once."""

import asyncio
import time
from pathlib import Path

import pytest

from sfumato.engines.host import HostState
from sfumato.engines.messages import Cancelled, Ending, Finished, Progress
from sfumato.engines.patience import Patience
from tests.support.engines import puppet, small_work
from tests.support.hosting import (
    MakeHost,
    reports_of,
    until,
    until_end,
    until_free,
    until_gone,
    until_running,
)


@pytest.mark.parametrize("interruptible", [True, False])
async def test_a_cancel_between_steps_is_heard_by_the_engine(
    make_host: MakeHost, tmp_path: Path, interruptible: bool
) -> None:
    host = make_host(puppet(interruptible=interruptible), cancel=60.0)
    stream = host.submit(small_work(tmp_path, "job", steps=10**6))
    await until_running(stream)
    pid = host.pid
    host.cancel("job")
    assert await until_end(stream) == Cancelled("job")
    assert host.pid == pid and host.free == 1


async def test_a_cancel_does_not_wait_for_a_library_that_cannot_be_interrupted(
    make_host: MakeHost, tmp_path: Path
) -> None:
    host = make_host(puppet(interruptible=False))
    stream = host.submit(small_work(tmp_path, "job", "sleep:1"))
    await until_running(stream)
    pid = host.pid
    assert pid

    began = time.monotonic()
    host.cancel("job")
    assert await until_end(stream) == Cancelled("job")
    print(f"cancelled in {1000 * (time.monotonic() - began):.0f} ms")
    await until_gone(pid)
    assert isinstance((await reports_of(host, small_work(tmp_path, "next")))[-1], Finished)


async def test_a_cancel_in_a_long_step_frees_the_artist_at_once_and_the_place_later(
    make_host: MakeHost, tmp_path: Path
) -> None:
    host = make_host(puppet(capacity=2))
    stream = host.submit(small_work(tmp_path, "job", "sleep:1"))
    await until_running(stream)
    host.cancel("job")
    assert await until_end(stream) == Cancelled("job")
    assert host.free == 1
    host._patience = Patience(heartbeat=0.1, step=0.1)
    await until(host, HostState.ABSENT)
    assert host.free == 2


async def test_a_cancel_while_the_process_starts_is_heard(
    make_host: MakeHost, tmp_path: Path
) -> None:
    host = make_host(puppet(options=(("start_seconds", "60"),), interruptible=False))
    stream = host.submit(small_work(tmp_path, "job"))
    first = asyncio.ensure_future(anext(stream))
    await until(host, HostState.STARTING)
    host.cancel("job")
    assert await first == Cancelled("job")


async def test_cancelling_what_has_ended_or_never_was_changes_nothing(
    make_host: MakeHost, tmp_path: Path
) -> None:
    host = make_host()
    host.cancel("never")
    assert isinstance((await reports_of(host, small_work(tmp_path, "job")))[-1], Finished)
    host.cancel("job")
    assert host.state is HostState.READY


async def test_a_cancel_that_races_with_the_end_has_exactly_one_outcome(
    make_host: MakeHost, tmp_path: Path
) -> None:
    # The engine answers every cancel, so that work at its last step is finished.
    host = make_host(cancel=60.0)
    outcomes = set()
    for n in range(60):
        await until_free(host)
        cancel_at = 1 + 133 * (n % 4)
        steps = 10**6 if cancel_at == 1 else 400
        stream = host.submit(small_work(tmp_path, str(n), steps=steps))
        endings = []
        async for report in stream:
            if isinstance(report, Progress) and report.step == cancel_at:
                host.cancel(str(n))
            if isinstance(report, Ending):
                endings.append(type(report))
        assert len(endings) == 1
        outcomes.add(endings[0])
    assert outcomes == {Finished, Cancelled}
    await until_free(host)


async def test_who_stops_listening_cancels_the_work(make_host: MakeHost, tmp_path: Path) -> None:
    host = make_host()
    stream = host.submit(small_work(tmp_path, "job", steps=10**6))
    await until_running(stream)
    await stream.aclose()
    await until_free(host)
    assert isinstance((await reports_of(host, small_work(tmp_path, "next")))[-1], Finished)
