from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path

import grpc
import pytest

from sfumato_client.wire import jobs_pb2
from tests.support.daemon import GUARD, READY, Daemon, running_daemon, start


def test_a_daemon_says_where_it_listens_and_nothing_else_on_standard_output(
    tmp_path: Path,
) -> None:
    process = start(tmp_path / "state")
    assert process.stdout is not None
    assert process.stdout.readline().startswith(READY)
    process.terminate()
    rest, _ = process.communicate(timeout=GUARD)
    assert rest == ""
    assert process.returncode == 0


def test_clients_find_a_running_daemon_and_none_when_it_has_stopped(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with running_daemon(state) as daemon:
        endpoint = json.loads((state / "endpoint.json").read_text())
        assert endpoint == {
            "address": daemon.address,
            "pid": daemon.process.pid,
            "protocol": [1, 0],
        }
        assert (state / "endpoint.json").stat().st_mode & 0o777 == 0o600
        assert daemon.answers()
        assert daemon.stop() == 0
    assert not (state / "endpoint.json").exists()


def test_another_daemons_endpoint_is_left_alone(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with running_daemon(state) as daemon:
        (state / "endpoint.json").write_text('{"pid": 1}')
        daemon.stop()
    assert (state / "endpoint.json").exists()


def test_a_restarted_daemon_is_where_it_was(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with running_daemon(state) as first:
        address, token = first.address, first.token
    with running_daemon(state) as second:
        assert (second.address, second.token) == (address, token)


def test_a_restarted_daemon_goes_elsewhere_when_its_port_is_taken(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with running_daemon(state) as first:
        host, _, port = first.address.rpartition(":")
    with socket.create_server((host, int(port))), running_daemon(state) as second:
        assert second.address != first.address
        assert second.answers()


def test_a_second_daemon_on_the_same_state_is_refused_with_a_sentence(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with running_daemon(state) as first:
        second = start(state)
        output, _ = second.communicate(timeout=GUARD)
        assert second.returncode == 1
        assert output == ""
        assert "Another daemon" in first.log
        assert first.address in first.log
        assert first.answers()


def test_a_killed_daemon_does_not_keep_the_next_one_out(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with running_daemon(state) as first:
        first.process.kill()
        first.process.wait(GUARD)
        with running_daemon(state) as second:
            assert second.answers()


def test_a_taken_port_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        process = start(tmp_path / "state", "--listen", address)
        process.communicate(timeout=GUARD)
    assert process.returncode == 1
    assert f"Cannot listen on {address}" in (tmp_path / "state" / "log").read_text()


def test_a_bad_setting_is_refused_with_a_sentence_and_exit_code_2(tmp_path: Path) -> None:
    process = start(tmp_path / "state", "--listen", "0.0.0.0:7000")
    process.communicate(timeout=GUARD)
    assert process.returncode == 2
    log = (tmp_path / "state" / "log").read_text()
    assert "TLS" in log
    assert "Traceback" not in log


def test_a_state_directory_that_cannot_be_used_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    process = start(tmp_path / "state", SFUMATO_STATE_DIR=str(tmp_path / "file"))
    process.communicate(timeout=GUARD)
    assert process.returncode == 1
    log = (tmp_path / "state" / "log").read_text()
    assert "cannot be used" in log
    assert "Traceback" not in log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopping_daemon_sends_its_watchers_away_and_ends_cleanly(
    number: signal.Signals, tmp_path: Path
) -> None:
    with running_daemon(tmp_path / "state") as daemon, daemon.stub() as stub:
        request = jobs_pb2.WatchQueueRequest()
        watch = stub.WatchQueue(request, metadata=daemon.metadata, timeout=GUARD)
        next(watch)
        os.kill(daemon.process.pid, number)
        with pytest.raises(grpc.RpcError) as caught:
            next(watch)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert daemon.process.wait(GUARD) == 0
        assert "Traceback" not in daemon.log


def test_the_log_holds_no_token(daemon: Daemon) -> None:
    assert daemon.answers()
    assert daemon.token not in daemon.log
