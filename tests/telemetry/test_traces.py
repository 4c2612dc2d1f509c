"""Traces, metrics and log of one edit agree with each other and with what the client saw."""

from __future__ import annotations

import re
import socket
import time
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from sfumato.jobs.events import Timings
from sfumato.jobs.job import JobState, Priority
from sfumato.jobs.moments import About, Accepted, Begun, Delivered, Ended, Inserted, Sent
from sfumato.telemetry.traces import Traces
from sfumato_client import Client, Endpoint, Session, Stopwatch
from sfumato_client.events import Accepted as TakenIn
from sfumato_client.events import Done, Result
from sfumato_client.trace import new_trace, trace_id
from tests.support.client_edits import small_edit
from tests.support.collector import attributes, collecting, from_click_to_layer, seconds
from tests.support.command import run_in
from tests.support.daemon import GUARD, running_daemon, start
from tests.support.edited_files import photograph
from tests.support.pictures import write
from tests.telemetry.test_metrics import logged, scraped, total

ABOUT = About("a" * 32, "ann", "fill", "fill", Priority.INTERACTIVE, new_trace())
_MICRO = 1e-6


async def test_one_edit_is_told_alike_by_trace_log_metrics_and_client(tmp_path: Path) -> None:
    arguments = "--metrics", "0", "--log-format", "json"
    with (
        collecting() as collector,
        running_daemon(tmp_path, *arguments, "--traces", collector.url) as daemon,
    ):
        async with Session(Endpoint(daemon.address, daemon.token)) as session:
            job = await session.inpaint(small_edit(variations=1))
            events = [event async for event in job]
        samples = scraped(daemon)
        assert daemon.stop() == 0  # What is still to be exported is.
        log = {str(entry["event"]): entry for entry in logged(daemon) if entry.get("job")}

    (taken,) = [event for event in events if isinstance(event, TakenIn)]
    (done,) = [event for event in events if isinstance(event, Done)]
    assert any(isinstance(event, Result) for event in events)
    spans = {span.name: span for span in collector.spans}
    assert sorted(span.name for span in collector.spans) == [
        "edit",
        "queue",
        "receive",
        "send",
        "work",
    ]
    edit = spans["edit"]
    # One trace, and it is the client's.
    assert {span.trace_id.hex() for span in collector.spans} == {job.trace}
    assert trace_id(str(log["accepted"]["trace"])) == job.trace
    assert edit.parent_span_id.hex() == str(log["accepted"]["trace"]).split("-")[2]
    assert {span.parent_span_id for name, span in spans.items() if name != "edit"} == {edit.span_id}
    # One job, and one engine.
    assert {entry["engine"] for entry in log.values()} == {"fill"}
    assert attributes(edit)["sfumato.job"] == job.id == taken.job_id == log["done"]["job"]
    # The same times.
    for stage in ("receive", "queue", "load", "engine", "compose"):
        seen = done.timings.get(stage, 0.0)
        assert attributes(edit)[f"sfumato.{stage}_seconds"] == pytest.approx(seen, abs=1e-5)
        assert log["done"][f"{stage}_seconds"] == pytest.approx(seen, abs=0.001)
        name = "sfumato_stage_seconds_sum"
        assert total(samples, name, stage=stage) == pytest.approx(seen, abs=1e-5)
    assert seconds(spans["receive"]) == pytest.approx(done.timings.get("receive", 0.0), abs=1e-5)
    assert seconds(spans["queue"]) == pytest.approx(done.timings.get("queue", 0.0), abs=1e-5)
    assert seconds(spans["work"]) >= done.timings.get("engine", 0.0)
    # The same bytes and steps.
    sent = attributes(spans["send"])["sfumato.bytes"]
    assert sent == log["sent"]["sent"] == total(samples, "sfumato_sent_bytes_total")
    received = attributes(spans["receive"])["sfumato.bytes"]
    assert received == log["accepted"]["received"]
    assert received == total(samples, "sfumato_received_bytes_total")
    assert attributes(edit)["sfumato.steps"] == log["done"]["steps"]
    # Everything lies within the edit, in order.
    ordered = [spans[name] for name in ("receive", "queue", "work", "send")]
    starts = [span.start_time_unix_nano for span in ordered]
    assert starts == sorted(starts)
    assert edit.start_time_unix_nano <= starts[0]
    assert max(span.end_time_unix_nano for span in ordered) <= edit.end_time_unix_nano


def test_one_edit_is_one_trace_from_the_click_to_the_layer(tmp_path: Path) -> None:
    arguments = "--log-format", "json"
    with (
        collecting() as collector,
        running_daemon(tmp_path, *arguments, "--traces", collector.url) as daemon,
    ):
        clicked = time.time()
        stopwatch = Stopwatch()
        edit = small_edit(stopwatch=stopwatch)
        with Client(Endpoint(daemon.address, daemon.token), "test", "1") as client:
            handle = client.submit(edit, lambda event: None, lambda error: None)
            assert handle.wait(GUARD)
            began = time.monotonic()
            layer = small_edit()  # Something that takes a moment.
            for _ in range(2):  # The second layer of an edit is no news.
                client.report(handle.id, stopwatch, began)
        whole = time.monotonic() - stopwatch.asked
        assert layer
        assert daemon.stop() == 0
        (inserted,) = [entry for entry in logged(daemon) if entry["event"] == "inserted"]
    spans = from_click_to_layer(collector)
    click = spans["click"]
    assert attributes(click)["sfumato.job"] == attributes(spans["edit"])["sfumato.job"] == handle.id
    # The client's own times: those of the report, which came after a way of milliseconds.
    assert seconds(spans["export"]) == pytest.approx(stopwatch.sent - stopwatch.asked, abs=_MICRO)
    assert began - stopwatch.asked < seconds(click) < whole
    assert 0 < seconds(spans["insert"]) < whole - (began - stopwatch.asked)
    assert click.start_time_unix_nano / 1e9 >= clicked
    assert inserted["asked"] == pytest.approx(seconds(click), abs=0.001)
    assert inserted["inserting"] == pytest.approx(seconds(spans["insert"]), abs=0.001)


async def test_an_edit_of_somebody_elses_trace_has_no_root_of_ours(tmp_path: Path) -> None:
    stopwatch, mine = Stopwatch(), new_trace()
    with collecting() as collector, running_daemon(tmp_path, "--traces", collector.url) as daemon:
        async with Session(Endpoint(daemon.address, daemon.token)) as session:
            edit = small_edit(stopwatch=stopwatch, traceparent=mine)
            job = await session.inpaint(edit)
            assert [event async for event in job]
            await session.report(job.id, stopwatch, time.monotonic())
    spans = {span.name: span for span in collector.spans}
    assert not {"click", "export", "insert"} & spans.keys()
    assert spans["edit"].parent_span_id.hex() == mine.split("-")[2]


@pytest.mark.parametrize(
    "mine", ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "no trace at all"]
)
def test_a_command_that_is_part_of_a_trace_says_so(tmp_path: Path, mine: str) -> None:
    image = write(tmp_path / "in.png", photograph(200, 150, 3, 8))
    with collecting() as collector, running_daemon(tmp_path, "--traces", collector.url):
        arguments = "inpaint", image, "--box", "80,60,110,80", "-o", tmp_path / "out.png"
        done = run_in(tmp_path, *arguments, TRACEPARENT=mine)
        assert done.code == 0, done.err
    (edit,) = [span for span in collector.spans if span.name == "edit"]
    theirs = f"-{edit.trace_id.hex()}-{edit.parent_span_id.hex()}-" in mine
    assert theirs == (mine != "no trace at all")


async def test_a_report_that_nobody_takes_is_no_error(tmp_path: Path) -> None:
    stopwatch = Stopwatch()
    with running_daemon(tmp_path) as daemon:
        async with Session(Endpoint(daemon.address, daemon.token)) as session:
            job = await session.inpaint(small_edit(stopwatch=stopwatch))
            assert [event async for event in job]
            daemon.stop()
            await session.report(job.id, stopwatch, time.monotonic())
            assert stopwatch.reported


async def test_every_edit_of_a_client_is_a_trace_of_its_own(tmp_path: Path) -> None:
    with collecting() as collector, running_daemon(tmp_path, "--traces", collector.url) as daemon:
        async with Session(Endpoint(daemon.address, daemon.token)) as session:
            traces = set()
            for _ in range(2):
                job = await session.inpaint(small_edit())
                traces.add(job.trace)
                assert [event async for event in job]
    assert len(traces) == 2
    assert {span.trace_id.hex() for span in collector.spans} == traces


def test_a_trace_is_w3c() -> None:
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", new_trace())
    assert new_trace() != new_trace()


def told(*moments: object) -> dict[str, ReadableSpan]:
    exporter = InMemorySpanExporter()
    traces = Traces(exporter)
    for moment in moments:
        traces(moment)  # type: ignore[arg-type]
    traces.close()
    return {span.name: span for span in exporter.get_finished_spans()}


def test_a_failed_edits_span_says_why() -> None:
    ended = Ended(ABOUT, JobState.FAILED, "ENGINE_LOST", 1, Timings(), at=12.0)
    spans = told(
        Accepted(ABOUT, 10, 0.5, at=10.0), Begun(ABOUT, 1.0, at=11.0), ended, Delivered(ABOUT)
    )
    assert spans["edit"].status.status_code.value == Status.STATUS_CODE_ERROR
    assert spans["edit"].status.description == "ENGINE_LOST"
    assert spans["work"].end_time == 12_000_000_000


def test_a_layer_long_after_its_edit_completes_the_trace() -> None:
    done = Ended(ABOUT, JobState.DONE, "", 1, Timings(), at=12.0)
    late = Inserted(ABOUT, 92.0, 90.5, 0.25, at=100.0)
    spans = told(Accepted(ABOUT, 10, 0.5, at=10.0), done, Delivered(ABOUT, at=13.0), late)
    assert (spans["click"].start_time, spans["click"].end_time) == (8_000_000_000, 100_000_000_000)
    assert (spans["export"].start_time, spans["export"].end_time) == (8_000_000_000, 9_500_000_000)
    assert spans["insert"].start_time == 99_750_000_000
    assert spans["click"].parent is None
    assert spans["edit"].parent == spans["insert"].parent == spans["click"].context


def test_an_edit_that_nobody_fetches_ends_with_its_job() -> None:
    done = Ended(ABOUT, JobState.DONE, "", 1, Timings(), at=12.0)
    spans = told(Accepted(ABOUT, 10, 0.5, at=10.0), Begun(ABOUT, 1.0, at=11.0), done)
    assert spans["edit"].start_time == 9_500_000_000
    assert spans["edit"].end_time == 12_000_000_000


def test_an_edit_of_a_daemon_before_begins_with_its_waiting_here() -> None:
    sent = Sent(ABOUT, 0, 99, 0.25, True, at=13.0)
    done = Ended(ABOUT, JobState.DONE, "", 1, Timings(), at=12.0)
    spans = told(Begun(ABOUT, 1.0, at=11.0), done, sent, Delivered(ABOUT, at=13.0))
    assert spans["edit"].start_time == spans["queue"].start_time == 10_000_000_000
    assert spans["send"].start_time == 12_750_000_000
    assert spans["edit"].end_time == 13_000_000_000


def test_a_collector_that_is_not_there_holds_nobody_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    with running_daemon(tmp_path, "--traces", url) as daemon:
        assert daemon.answers()
        assert daemon.stop() == 0


def test_what_is_no_url_is_refused_with_the_flag(tmp_path: Path) -> None:
    process = start(tmp_path, "--traces", "collector:4317")
    process.communicate(timeout=GUARD)
    assert process.returncode == 2
    assert "traces" in (tmp_path / "log").read_text()


def test_without_the_libraries_the_daemon_says_how_to_get_them(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden" / "opentelemetry"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError('hidden')")
    process = start(tmp_path, "--traces", "http://127.0.0.1:4317", PYTHONPATH=str(hidden.parent))
    process.communicate(timeout=GUARD)
    assert process.returncode == 1
    assert "sfumato[otel]" in (tmp_path / "log").read_text()
