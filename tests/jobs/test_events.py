"""Events of a job: every watcher gets the news in order, slow ones only the latest."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfumato.engines.messages import Notice, Preview, VariationDone
from sfumato.engines.parameters import Parameters
from sfumato.jobs.events import (
    Cancelled,
    Done,
    EventLog,
    Failed,
    JobEvent,
    Progress,
    Queued,
    Started,
    Timings,
    kind,
)
from sfumato_client.geometry import Bounds

DONE = Done(7, Parameters(), Timings())
BOUNDS = Bounds(0, 0, 8, 8)

events = st.one_of(
    st.builds(Queued, st.integers(1, 9), st.none()),
    st.just(Started("fill", "fill")),
    st.builds(Progress, st.integers(0, 9), st.just(9), st.just("counting"), st.none()),
    st.builds(Preview, st.just("job"), st.binary(max_size=2), st.just(BOUNDS), st.integers(0, 2)),
    st.builds(Notice, st.just("job"), st.sampled_from(["A", "B"]), st.just("A sentence.")),
    st.builds(VariationDone, st.just("job"), st.integers(0, 2), st.just(7)),
)
endings = st.sampled_from([DONE, Failed("CODE", "A sentence."), Cancelled("A sentence.")])


async def seen(log: EventLog) -> list[JobEvent]:
    return [event async for event in log.watch()]


async def test_a_watcher_sees_what_was_and_what_comes_up_to_the_end() -> None:
    log = EventLog()
    log.publish(Queued(1, None))
    log.publish(Started("fill", "fill"))
    watching = asyncio.ensure_future(seen(log))
    await asyncio.sleep(0)
    for event in (VariationDone("job", 0, 7), DONE):
        log.publish(event)
    assert await watching == [Started("fill", "fill"), VariationDone("job", 0, 7), DONE]


async def test_who_comes_after_the_end_sees_results_but_no_old_progress() -> None:
    log = EventLog()
    for event in (
        Started("fill", "fill"),
        Progress(1, 2, "counting", None),
        Preview("job", b"", BOUNDS),
        Notice("job", "CODE", "A sentence."),
        VariationDone("job", 0, 7),
        VariationDone("job", 1, 8),
        DONE,
    ):
        log.publish(event)
    assert [type(event) for event in await seen(log)] == [
        Started,
        Notice,
        VariationDone,
        VariationDone,
        Done,
    ]


@given(st.lists(events, max_size=30), endings)
def test_a_slow_watcher_gets_the_latest_of_each_kind_in_order(
    published: list[JobEvent], ending: JobEvent
) -> None:
    async def watch_slowly() -> tuple[list[JobEvent], list[JobEvent]]:
        log = EventLog()
        log.publish(Started("fill", "fill"))
        slow = log.watch()
        first = await anext(slow)
        for event in (*published, ending):
            log.publish(event)
        return [first], [event async for event in slow]

    _, got = asyncio.run(watch_slowly())
    everything = [*published, ending]
    last = {kind(event): index for index, event in enumerate(everything)}
    assert got == [everything[index] for index in sorted(last.values())]


@given(st.lists(events, max_size=20), endings)
def test_a_fast_watcher_gets_everything(published: list[JobEvent], ending: JobEvent) -> None:
    async def watch_fast() -> list[JobEvent]:
        log = EventLog()
        watching = asyncio.ensure_future(seen(log))
        for event in (*published, ending):
            await asyncio.sleep(0)
            log.publish(event)
        return await watching

    assert asyncio.run(watch_fast()) == [*published, ending]


async def test_a_watcher_that_never_reads_holds_a_bounded_backlog() -> None:
    log = EventLog()
    idle = log.watch()
    log.publish(Started("fill", "fill"))
    await anext(idle)
    for step in range(10_000):
        log.publish(Progress(step, 10_000, "counting", None))
        log.publish(Preview("job", b"picture", BOUNDS))
    log.publish(DONE)
    assert len([event async for event in idle]) == 3


async def test_nothing_follows_the_end() -> None:
    log = EventLog()
    log.publish(DONE)
    with pytest.raises(AssertionError, match="after"):
        log.publish(Progress(1, 2, "counting", None))
