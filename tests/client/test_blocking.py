"""The client for threads: nothing blocks that must not, and ends come exactly once."""

import threading
from collections.abc import Iterator

import pytest

from sfumato_client import (
    Accepted,
    Cancelled,
    Client,
    Done,
    Endpoint,
    JobFailed,
    Progress,
    Refused,
    Started,
    Unauthenticated,
    Unavailable,
)
from sfumato_client.wire import inpainting_pb2 as wire
from tests.support.client_edits import small_edit
from tests.support.fake_daemon import Event
from tests.support.serving import Serving

SOON = 120


@pytest.fixture
def serving() -> Iterator[Serving]:
    running = Serving()
    yield running
    running.close()


@pytest.fixture
def client(serving) -> Iterator[Client]:
    with Client(serving.daemon.endpoint, "test", "1") as opened:
        yield opened


class Ear:
    """Hears a job's events and its end, and lets a test wait for them."""

    def __init__(self) -> None:
        self.events: list[object] = []
        self.ends: list[object] = []
        self.threads: set[str] = set()
        self.started = threading.Event()
        self.ended = threading.Event()

    def hear(self, event):
        """Take an event."""
        self.threads.add(threading.current_thread().name)
        self.events.append(event)
        if isinstance(event, Started):
            self.started.set()

    def end(self, error):
        """Take the end."""
        self.ends.append(error)
        self.ended.set()


async def waits(job, first):
    yield Event(started=wire.Started(engine="fill"))
    await job.cancelled.wait()


def test_capabilities_and_models_can_be_asked_for_from_any_thread(client):
    assert client.capabilities().version == "0.0"
    assert client.models().models[0].name == "fill"


def test_a_job_tells_its_listener_everything_and_ends_once(client):
    ear = Ear()
    edit = small_edit()
    handle = client.submit(edit, ear.hear, ear.end)
    (result,) = handle.wait(SOON)
    assert bytes(result.pieces[0].color.data) == edit.regions[0].picture.data
    assert ear.ended.wait(SOON)
    assert isinstance(ear.events[0], Accepted)
    assert isinstance(ear.events[-1], Done)
    assert any(isinstance(event, Progress) for event in ear.events)
    assert ear.ends == [None]
    assert ear.threads == {"sfumato-client"}
    assert handle.done
    assert handle.id == "job-0"


def test_cancel_returns_at_once_and_the_job_ends_as_cancelled(serving, client):
    serving.daemon.script = waits
    ear = Ear()
    handle = client.submit(small_edit(), ear.hear, ear.end)
    assert ear.started.wait(SOON)
    handle.cancel()
    with pytest.raises(Cancelled):
        handle.wait(SOON)
    assert ear.ended.wait(SOON)
    assert len(ear.ends) == 1
    assert isinstance(ear.ends[0], Cancelled)


def test_cancel_before_anything_was_sent(serving, client):
    serving.daemon.script = waits
    ear = Ear()
    handle = client.submit(small_edit(), ear.hear, ear.end)
    handle.cancel()
    with pytest.raises(Cancelled):
        handle.wait(SOON)


def test_a_refused_edit_ends_with_its_sentence(client):
    ear = Ear()
    edit = small_edit()
    handle = client.submit(type(edit)(edit.canvas, edit.parameters), ear.hear, ear.end)
    with pytest.raises(Refused, match="regions"):
        handle.wait(SOON)
    assert ear.ended.wait(SOON)
    assert isinstance(ear.ends[0], Refused)


def test_submitting_without_a_daemon_ends_with_what_to_do():
    ear = Ear()
    with Client(Endpoint("127.0.0.1:1", ""), "test", "1") as client:
        handle = client.submit(small_edit(), ear.hear, ear.end)
        with pytest.raises(Unavailable, match="sfumato serve"):
            handle.wait(SOON)
        assert ear.events == []


def test_a_client_made_before_the_daemon_works_once_it_is_there(serving):
    serving.run(serving.daemon.stop())
    with Client(serving.daemon.endpoint, "test", "1") as client:
        with pytest.raises(Unavailable):
            client.capabilities()
        serving.run(serving.daemon.start())
        assert client.capabilities().version == "0.0"


def test_a_wrong_token_is_told(serving):
    stranger = serving.daemon.endpoint._replace(token="x")
    with Client(stranger, "test", "1") as client, pytest.raises(Unauthenticated):
        client.capabilities()


def test_a_listener_that_fails_ends_the_job_with_its_fault(client):
    def broken(event):
        raise ZeroDivisionError("in the plugin")

    ear = Ear()
    handle = client.submit(small_edit(), broken, ear.end)
    with pytest.raises(JobFailed, match="in the plugin") as caught:
        handle.wait(SOON)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_closing_ends_what_runs_and_may_be_done_twice(serving):
    serving.daemon.script = waits
    ear = Ear()
    client = Client(serving.daemon.endpoint, "test", "1")
    handle = client.submit(small_edit(), ear.hear, ear.end)
    assert ear.started.wait(SOON)
    client.close()
    with pytest.raises(Cancelled, match="closed"):
        handle.wait(SOON)
    assert len(ear.ends) == 1
    client.close()
    with pytest.raises(Unavailable, match="closed"):
        client.capabilities()
    with pytest.raises(Unavailable, match="closed"):
        client.submit(small_edit(), ear.hear, ear.end)
    assert "sfumato-client" not in {thread.name for thread in threading.enumerate()}


def test_waiting_inside_a_listener_is_an_error_instead_of_a_deadlock(client):
    faults = []

    def waits_for_itself(event):
        try:
            client.capabilities()
        except RuntimeError as fault:
            faults.append(fault)

    client.submit(small_edit(), waits_for_itself, lambda error: None).wait(SOON)
    assert faults


def test_a_job_can_be_taken_up_by_another_client(serving, client):
    ear = Ear()
    handle = client.submit(small_edit(), ear.hear, ear.end)
    handle.wait(SOON)
    with Client(serving.daemon.endpoint, "test", "2") as other:
        again = Ear()
        (result,) = other.attach(handle.id, again.hear, again.end).wait(SOON)
        assert result.seed == 7


def test_many_jobs_at_once_each_get_their_own_result(client):
    edits = [small_edit(100 + n, 80, seed=n) for n in range(8)]
    handles = [client.submit(edit, lambda event: None, lambda error: None) for edit in edits]
    for edit, handle in zip(edits, handles, strict=True):
        (result,) = handle.wait(SOON)
        assert bytes(result.pieces[0].color.data) == edit.regions[0].picture.data
