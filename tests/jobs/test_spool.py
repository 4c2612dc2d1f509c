"""The spool: what is asked of it happens, also for callers that are cancelled."""

import asyncio
import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from sfumato.engines.arena import Arena, Layout
from sfumato.jobs.errors import SpoolFull
from sfumato.jobs.spool import Spool
from tests.support.engines import small_layout

Slow = Callable[[type[object], str], tuple[threading.Event, threading.Event]]


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    spool = Spool(tmp_path / "spool", limit=10**6)
    spool.open()
    return spool


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """Make a method wait: the first event says that it has begun, the second lets it go on."""

    def slow_down(owner: type[object], name: str) -> tuple[threading.Event, threading.Event]:
        begun, go_on = threading.Event(), threading.Event()
        original = getattr(owner, name)

        def waiting(*arguments: object, **keywords: object) -> object:
            begun.set()
            assert go_on.wait(20)
            return original(*arguments, **keywords)

        monkeypatch.setattr(owner, name, waiting)
        return begun, go_on

    return slow_down


async def cancelled(task: "asyncio.Task[object]") -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_arenas_are_counted_until_they_are_removed(spool: Spool) -> None:
    layout, _ = small_layout()
    (await spool.create("job", layout)).close()
    assert (spool.used, spool.size("job")) == (layout.size, layout.size)
    await spool.remove("job")
    assert (spool.used, spool.size("job")) == (0, 0)
    assert not spool.path("job").exists()


async def test_more_than_the_limit_is_refused(spool: Spool) -> None:
    layout = Layout()
    layout.plane((1000, 1001), "uint8")
    with pytest.raises(SpoolFull, match="1 MB"):
        await spool.create("job", layout)


async def test_a_full_disk_is_said_so_and_counts_nothing(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, layout: Layout) -> Arena:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Arena, "create", full)
    with pytest.raises(SpoolFull, match="Free some space"):
        await spool.create("job", small_layout()[0])
    assert spool.used == 0


async def test_an_arena_whose_maker_was_cancelled_can_be_removed(spool: Spool, slow: Slow) -> None:
    begun, go_on = slow(Arena, "create")
    making = asyncio.create_task(spool.create("job", small_layout()[0]))
    await asyncio.to_thread(begun.wait, 20)
    await cancelled(making)  # type: ignore[arg-type]
    removing = asyncio.create_task(spool.remove("job"))
    go_on.set()
    await removing
    assert spool.used == 0 and not spool.path("job").exists()


async def test_a_removal_is_done_although_its_caller_is_cancelled(spool: Spool, slow: Slow) -> None:
    (await spool.create("job", small_layout()[0])).close()
    begun, go_on = slow(Path, "unlink")
    removing = asyncio.create_task(spool.remove("job"))
    await asyncio.to_thread(begun.wait, 20)
    await cancelled(removing)  # type: ignore[arg-type]
    go_on.set()
    await spool.close()
    assert not spool.path("job").exists()
