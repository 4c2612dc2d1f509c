"""Engine hosts: whatever happens to the process, the daemon knows it and the next work is done."""

import asyncio
import signal
from pathlib import Path

import numpy as np
import psutil
import pytest

from sfumato.engines.arena import Arena
from sfumato.engines.host import HostState
from sfumato.engines.messages import Failed, Finished, Preview, Progress, VariationDone
from sfumato.engines.patience import HostLost, Patience
from tests.support.engines import puppet, small_work
from tests.support.hosting import (
    MakeHost,
    reports_of,
    until,
    until_end,
    until_gone,
    until_running,
)


async def test_work_is_done_and_told_in_order(make_host: MakeHost, tmp_path: Path) -> None:
    work = small_work(tmp_path, "job", steps=3, seed=7, variations=2)
    reports = await reports_of(make_host(), work)

    assert [r.step for r in reports if isinstance(r, Progress)] == [1, 2, 3]
    assert [r.bounds for r in reports if isinstance(r, Preview)] == [work.regions[0].window]
    assert [r.seed for r in reports if isinstance(r, VariationDone)] == [7, 8]
    assert isinstance(reports[-1], Finished)
    with Arena.open(work.arena) as arena:
        assert np.all(arena.array(work.regions[0].colors[1]) == 8)


async def test_the_process_is_spawned_with_the_first_work_and_kept(
    make_host: MakeHost, tmp_path: Path
) -> None:
    host = make_host()
    assert host.state is HostState.ABSENT and host.pid is None
    await reports_of(host, small_work(tmp_path, "a"))
    pid = host.pid
    await reports_of(host, small_work(tmp_path, "b"))
    assert host.pid == pid and host.state is HostState.READY


async def test_refused_work_fails_with_the_engines_sentence(
    make_host: MakeHost, tmp_path: Path
) -> None:
    reports = await reports_of(make_host(), small_work(tmp_path, "job", "refuse"))
    assert reports == [
        Failed("job", "NOT_LIKED", "This engine does not like the picture.", refused=True)
    ]


@pytest.mark.parametrize(
    ("prompt", "patience", "reason"),
    [
        ("crash:2", {}, "SIGSEGV"),
        ("exit:2", {}, "exit code 3"),
        ("raise:2", {}, "ValueError: the puppet's strings are tangled"),
        ("garbage:2", {}, "do not decode"),
        ("flood:2", {}, "its pipe broke"),
        ("foreign:2", {}, "(os|posix).getcwd is no part of a message"),
        ("stop:2", {"silence": 1.0}, "no sign of life"),
        ("hold:2", {"silence": 1.0}, "no sign of life"),
        ("sleep:2", {"step": 1.0}, "one step took longer"),
    ],
)
async def test_a_lost_host_is_told_with_its_reason_and_the_next_work_is_done(
    make_host: MakeHost, tmp_path: Path, prompt: str, patience: dict[str, float], reason: str
) -> None:
    host = make_host()
    stream = host.submit(small_work(tmp_path, "bad", prompt))
    await until_running(stream)
    # Now, as on a busy machine a process may be silent for long until it is up.
    host._patience = Patience(heartbeat=0.1, **patience)
    with pytest.raises(HostLost, match=reason):
        await until_end(stream)
    assert host.running == 0

    host._patience = Patience(heartbeat=0.1)
    reports = await reports_of(host, small_work(tmp_path, "good"))
    assert isinstance(reports[-1], Finished)


async def test_an_engine_that_cannot_be_made_says_why(make_host: MakeHost) -> None:
    host = make_host(puppet(options=(("broken", "no weights"),)))
    with pytest.raises(HostLost, match="RuntimeError: no weights"):
        await host.start()


async def test_a_host_killed_from_outside_loses_all_its_work_and_no_more(
    make_host: MakeHost, tmp_path: Path
) -> None:
    host = make_host(puppet(capacity=2))
    works = [small_work(tmp_path, name, steps=10**6) for name in "ab"]
    streams = [host.submit(work) for work in works]
    for stream in streams:
        await until_running(stream)
    assert host.pid and host.free == 0
    psutil.Process(host.pid).kill()

    for stream in streams:
        with pytest.raises(HostLost, match="SIGKILL"):
            await until_end(stream)
    assert host.free == 2
    assert isinstance((await reports_of(host, small_work(tmp_path, "c")))[-1], Finished)


async def test_more_work_than_the_capacity_is_a_programming_error(
    make_host: MakeHost, tmp_path: Path
) -> None:
    host = make_host()
    stream = host.submit(small_work(tmp_path, "a", steps=10**6))
    await until_running(stream)
    with pytest.raises(RuntimeError, match="takes no more work"):
        await reports_of(host, small_work(tmp_path, "b"))


async def test_an_idle_process_is_ended_and_a_new_one_made_for_the_next_work(
    make_host: MakeHost, tmp_path: Path
) -> None:
    host = make_host(puppet(idle_seconds=0.2))
    await reports_of(host, small_work(tmp_path, "a"))
    pid = host.pid
    await until(host, HostState.ABSENT)
    await reports_of(host, small_work(tmp_path, "b"))
    assert host.pid != pid


async def test_a_prespawned_host_is_back_after_its_death(make_host: MakeHost) -> None:
    host = make_host(puppet(prespawn=True))
    await host.start()
    pid = host.pid
    assert pid
    psutil.Process(pid).send_signal(signal.SIGKILL)
    while host.pid == pid:
        await asyncio.sleep(0.01)
    await host.start()
    assert host.state is HostState.READY


async def test_a_prespawned_host_is_renewed_when_idle_but_only_after_work(
    make_host: MakeHost, tmp_path: Path
) -> None:
    host = make_host(puppet(prespawn=True, idle_seconds=0.2))
    await host.start()
    fresh = host.pid
    await asyncio.sleep(1.0)  # Five times as long as an idle process that has worked may stay.
    assert host.pid == fresh
    await reports_of(host, small_work(tmp_path, "a"))
    while host.pid == fresh:
        await asyncio.sleep(0.01)
    await host.start()
    assert host.state is HostState.READY


async def test_closing_ends_the_process_and_the_work(make_host: MakeHost, tmp_path: Path) -> None:
    host = make_host(leave=0.5)
    stream = host.submit(small_work(tmp_path, "job", "hold:2"))
    await until_running(stream)
    pid = host.pid
    assert pid
    await host.close()
    await until_gone(pid)
    with pytest.raises(HostLost, match="shutting down"):
        await until_end(stream)
    with pytest.raises(HostLost, match="shutting down"):
        await host.start()
