"""Metrics, log and client tell the same of an edit, asked of a real daemon over HTTP."""

from __future__ import annotations

import json
import os
import pty
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from sfumato.jobs.load import HostLoad, Load
from sfumato.telemetry.metrics import Metrics, Reading
from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import jobs_pb2
from tests.support.daemon import GUARD, Daemon, running_daemon, start
from tests.support.edits import WireEdit, wire_edit

GUIDE = Path(__file__).parents[2] / "docs" / "operations.md"
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def logged(daemon: Daemon) -> list[dict[str, object]]:
    return [json.loads(line) for line in daemon.log.splitlines()]


def scraped(daemon: Daemon) -> Samples:
    """Every sample of ``/metrics``, by name and labels; the daemon logs JSON."""
    (serving,) = [entry for entry in logged(daemon) if entry["event"] == "serving"]
    with urllib.request.urlopen(str(serving["metrics"]), timeout=GUARD) as answer:
        text = answer.read().decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scraped_with(daemon: Daemon, *counted: str) -> Samples:
    """The samples as soon as each of these counts something."""
    deadline = time.monotonic() + GUARD
    while not all(total(samples := scraped(daemon), name) for name in counted):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return samples


def total(samples: Samples, name: str, **labels: str) -> float:
    """The sum over all samples of that name that have these labels."""
    wanted = set(labels.items())
    return sum(
        value for (known, has), value in samples.items() if known == name and wanted <= set(has)
    )


def done(daemon: Daemon, edit: WireEdit) -> list[pb.InpaintEvent]:
    with daemon.stub() as stub:
        return list(stub.Inpaint(edit.requests(), metadata=daemon.metadata, timeout=GUARD))


def test_metrics_and_log_agree_with_what_the_client_saw(tmp_path: Path) -> None:
    with running_daemon(tmp_path, "--metrics", "0", "--log-format", "json") as daemon:
        edit = wire_edit()
        events = done(daemon, edit)
        # The delivery, and a last step, may be told a moment after the client has all.
        before = scraped_with(daemon, "sfumato_edits_delivered_total", "sfumato_step_seconds_count")
        with daemon.stub() as stub, pytest.raises(grpc.RpcError):
            wrong = jobs_pb2.GetJobRequest(job_id="none")
            stub.GetJob(wrong, metadata=daemon.metadata, timeout=GUARD)
        after = scraped(daemon)
        of_job = [entry for entry in logged(daemon) if entry.get("job")]

    job_id, seen = events[0].accepted.job_id, events[-1].done.timings
    sent = sum(len(event.chunk.data) for event in events)
    assert {entry["job"] for entry in of_job} == {job_id}
    log = {str(entry["event"]): entry for entry in of_job}
    assert log["accepted"]["received"] == sum(map(len, edit.planes))
    assert log["sent"]["sent"] == sent
    assert total(before, "sfumato_received_bytes_total") == sum(map(len, edit.planes))
    assert total(before, "sfumato_sent_bytes_total") == sent
    labels = {"engine": "fill", "model": "fill", "class": "interactive"}
    assert total(before, "sfumato_edits_accepted_total", **labels) == 1
    assert total(before, "sfumato_edits_ended_total", outcome="done", **labels) == 1
    assert total(before, "sfumato_edits_delivered_total", **labels) == 1
    for stage in ("receive", "queue", "load", "engine", "compose"):
        told = getattr(seen, stage)
        assert log["done"][f"{stage}_seconds"] == pytest.approx(told, abs=0.001)
        spent = total(before, "sfumato_stage_seconds_sum", stage=stage)
        assert spent == pytest.approx(told, abs=1e-5)
    assert total(before, "sfumato_wait_seconds_sum") == pytest.approx(seen.queue, abs=1e-5)
    steps = total(before, "sfumato_step_seconds_count")
    assert total(before, "sfumato_batch_size_count") == steps >= 1
    assert total(before, "sfumato_errors_total") == 0
    assert total(after, "sfumato_errors_total", kind="UNKNOWN_JOB") == 1


def test_the_queue_and_the_engines_are_read_when_asked(tmp_path: Path) -> None:
    with (
        running_daemon(tmp_path, "--metrics", "0", "--log-format", "json") as daemon,
        daemon.stub() as stub,
    ):
        done(daemon, wire_edit())  # So that the engine's process has come up.
        calls = []
        for _ in range(3):
            edit = wire_edit(900, 700)
            call = stub.Inpaint(edit.requests(), metadata=daemon.metadata, timeout=GUARD)
            assert next(call).accepted.job_id
            calls.append(call)
            if len(calls) == 1:
                pause = jobs_pb2.UpdateDaemonRequest(paused=True)
                stub.UpdateDaemon(pause, metadata=daemon.metadata, timeout=GUARD)
        samples = scraped(daemon)
        for call in calls:
            call.cancel()
    waiting = total(samples, "sfumato_queue_length", state="queued", **{"class": "interactive"})
    assert waiting >= 2
    assert total(samples, "sfumato_queue_oldest_seconds") > 0
    assert total(samples, "sfumato_host_up", engine="fill") == 1
    assert total(samples, "sfumato_host_capacity", engine="fill") >= 1
    assert total(samples, "sfumato_host_resident_bytes", engine="fill") > 10_000_000
    assert total(samples, "sfumato_info") == 1


def test_a_gpus_memory_is_told_once_and_each_host_for_itself() -> None:
    hosts = [
        HostLoad(name, "diffusion", "cuda:0", running, 8, True, 4_000, (30, 80))
        for name, running in (("one", 2), ("two", 0))
    ]
    registry = CollectorRegistry()
    registry.register(Reading(lambda: Load((), tuple(hosts))))
    told = registry.get_sample_value
    gpu = {"device": "cuda:0"}
    assert told("sfumato_device_memory_used_bytes", gpu) == 30
    assert told("sfumato_device_memory_bytes", gpu) == 80
    for host in hosts:
        labels = {"host": host.name, "engine": "diffusion", **gpu}
        assert told("sfumato_host_running", labels) == host.running
        assert told("sfumato_host_capacity", labels) == 8


def test_every_metric_that_the_guide_names_is_there() -> None:
    metrics = Metrics()
    metrics.registry.register(Reading(lambda: Load((), ())))
    families = tuple(family.name for family in metrics.registry.collect())
    named = set(re.findall(r"\bsfumato_\w+", GUIDE.read_text()))
    assert {"sfumato_wait_seconds_bucket", "sfumato_queue_length"} < named
    assert [name for name in named if not name.startswith(families)] == []


def test_metrics_tell_nothing_of_who_asked_or_what_for(tmp_path: Path) -> None:
    with running_daemon(tmp_path, "--metrics", "0", "--log-format", "json") as daemon:
        edit = wire_edit()
        edit.header.title = "a secret title"
        events = done(daemon, edit)
        said = repr(scraped(daemon))
        owners = {str(entry["owner"]) for entry in logged(daemon) if "owner" in entry}
    assert len(owners) == 1
    for secret in ("a secret title", events[0].accepted.job_id, daemon.token, *owners):
        assert secret not in said


def test_health_and_reflection_answer_while_the_engine_is_at_work(tmp_path: Path) -> None:
    with (
        running_daemon(tmp_path) as daemon,
        grpc.insecure_channel(daemon.address) as channel,
        daemon.stub() as stub,
    ):
        edit = wire_edit(2000, 1600)  # Large: the engine is at it for longer than this asks.
        work = stub.Inpaint(edit.requests(), metadata=daemon.metadata, timeout=GUARD)
        while not next(work).HasField("progress"):
            pass
        for _ in range(20):
            health = health_pb2_grpc.HealthStub(channel)
            answer = health.Check(health_pb2.HealthCheckRequest(), timeout=GUARD)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
            reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
            request = reflection_pb2.ServerReflectionRequest(list_services="")
            (listed,) = reflection.ServerReflectionInfo(
                iter([request]), metadata=daemon.metadata, timeout=GUARD
            )
            names = {service.name for service in listed.list_services_response.service}
            assert "sfumato.v1.Inpainting" in names
        work.cancel()


def test_a_port_that_is_taken_is_told_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start(tmp_path, "--metrics", str(taken.getsockname()[1]))
        process.communicate(timeout=GUARD)
    assert process.returncode == 1
    assert "--metrics" in (tmp_path / "log").read_text()


def test_a_daemon_without_metrics_does_not_load_their_library() -> None:
    script = "import sfumato.cli.serve, sfumato.serve, sys; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=GUARD
    )
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert not loaded & {"prometheus_client", "opentelemetry"}


@pytest.mark.parametrize("colours", [True, False])
def test_on_a_terminal_the_log_is_short_and_coloured(tmp_path: Path, colours: bool) -> None:
    ours, theirs = pty.openpty()
    environment = {"SFUMATO_STATE_DIR": str(tmp_path)} | ({} if colours else {"NO_COLOR": "1"})
    with subprocess.Popen(
        [sys.executable, "-m", "sfumato", "serve"],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, **environment},
    ) as process:
        os.close(theirs)
        text = b""
        while b"serving" not in text:
            text += os.read(ours, 4096)
        process.terminate()
    os.close(ours)
    line = text.decode().splitlines()[0]
    assert ("\x1b[" in line) is colours
    assert "address=127.0.0.1:" in line
    assert "sfumato.serve" not in line
