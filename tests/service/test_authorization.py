"""Who may call what: every method that the daemon names, from every kind of caller.

The methods come from the daemon's own reflection, so that a new one without a row here fails.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from grpc import StatusCode
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from sfumato.access.tokens import Scope, TokenStore
from sfumato_client.wire import hosts_pb2, jobs_pb2, models_pb2
from sfumato_client.wire import inpainting_pb2 as pb
from tests.support.daemon import GUARD, Daemon, running_daemon
from tests.support.edits import wire_edit
from tests.support.errors import details
from tests.support.questions import wire_question

Metadata = tuple[tuple[str, str], ...]

OK, DENIED, UNKNOWN = StatusCode.OK, StatusCode.PERMISSION_DENIED, StatusCode.NOT_FOUND
STRANGE, EARLY = StatusCode.UNAUTHENTICATED, StatusCode.FAILED_PRECONDITION
MARKER = "a-title-that-nobody-else-may-see"
STRANGERS = ("no token", "a wrong token", "a revoked token", "an expired token")


@dataclass(frozen=True)
class Row:
    """What becomes of a call about a job of the owner's, which has ended.

    ``strangers`` are all those whose tokens are not known.
    """

    requests: Callable[[str], Iterable[Message]]
    owner: StatusCode = OK
    other: StatusCode = OK
    admin: StatusCode = OK
    strangers: StatusCode = STRANGE


def about_job(kind: type[Message], **fields: object) -> Callable[[str], list[Message]]:
    return lambda job: [kind(job_id=job, **fields)]


def always(request: Message) -> Callable[[str], list[Message]]:
    return lambda job: [request]


SERVICE = "/sfumato.v1.Inpainting/"
HEALTH = "/grpc.health.v1.Health/"
LIST_SERVICES = reflection_pb2.ServerReflectionRequest(list_services="")
ROWS = {
    SERVICE + "GetCapabilities": Row(always(pb.GetCapabilitiesRequest())),
    SERVICE + "ListModels": Row(always(models_pb2.ListModelsRequest())),
    SERVICE + "Inpaint": Row(lambda job: wire_edit().requests()),
    SERVICE + "Segment": Row(lambda job: wire_question().requests()),
    SERVICE + "WatchQueue": Row(always(jobs_pb2.WatchQueueRequest())),
    SERVICE + "ListJobs": Row(always(jobs_pb2.ListJobsRequest())),
    SERVICE + "UpdateDaemon": Row(
        always(jobs_pb2.UpdateDaemonRequest(paused=False)), owner=DENIED, other=DENIED
    ),
    SERVICE + "ListHosts": Row(always(hosts_pb2.ListHostsRequest())),
    SERVICE + "UpdateHosts": Row(
        always(hosts_pb2.UpdateHostsRequest(remove={"name": "none@cpu"})),
        owner=DENIED,
        other=DENIED,
        admin=UNKNOWN,
    ),
    # An admin ends anybody's edit, but sees none.
    SERVICE + "Cancel": Row(about_job(pb.CancelRequest), other=UNKNOWN),
    SERVICE + "Attach": Row(about_job(pb.AttachRequest), other=UNKNOWN, admin=UNKNOWN),
    SERVICE + "GetJob": Row(about_job(jobs_pb2.GetJobRequest), other=UNKNOWN, admin=UNKNOWN),
    SERVICE + "ReadJob": Row(
        about_job(jobs_pb2.ReadJobRequest, inputs=True, results=True), other=UNKNOWN, admin=UNKNOWN
    ),
    SERVICE + "ReportInsertion": Row(
        about_job(pb.ReportInsertionRequest), other=UNKNOWN, admin=UNKNOWN
    ),
    SERVICE + "UpdateJob": Row(
        about_job(jobs_pb2.UpdateJobRequest, paused=True),
        owner=EARLY,  # it has ended
        other=UNKNOWN,
        admin=UNKNOWN,
    ),
    SERVICE + "ForgetJobs": Row(
        about_job(jobs_pb2.ForgetJobsRequest), other=UNKNOWN, admin=UNKNOWN
    ),
    # Supervisors probe without secrets. What lasts or lists is for those with a token.
    HEALTH + "Check": Row(always(health_pb2.HealthCheckRequest()), strangers=OK),
    HEALTH + "Watch": Row(always(health_pb2.HealthCheckRequest())),
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": Row(always(LIST_SERVICES)),
}


@dataclass(frozen=True)
class Studio:
    """A daemon, and what its callers send by way of a token."""

    daemon: Daemon
    tokens: dict[str, Metadata]

    def call(
        self, method: str, requests: Iterable[Message], who: str
    ) -> tuple[StatusCode, list[bytes], grpc.RpcError | None]:
        """The status, and the answer: to its end, or its first message where there is none."""
        endless = method.endswith(("/Watch", "/WatchQueue"))
        sent = [request.SerializeToString() for request in requests]
        with grpc.insecure_channel(self.daemon.address) as channel:
            call = channel.stream_stream(method)(
                iter(sent), metadata=self.tokens[who], timeout=GUARD
            )
            try:
                answer = [next(call)] if endless else list(call)
            except grpc.RpcError as error:
                return error.code(), [], error
            call.cancel()
        return StatusCode.OK, answer, None

    def job(self) -> str:
        """A new job of the owner's that has ended."""
        edit = wire_edit()
        edit.header.title = MARKER
        code, events, _ = self.call(SERVICE + "Inpaint", edit.requests(), "the owner")
        assert code is OK
        return pb.InpaintEvent.FromString(events[0]).accepted.job_id


def bearer(token: str) -> Metadata:
    return (("authorization", f"Bearer {token}"),)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A daemon with an owner, another artist, an admin, and tokens that are over."""
    state = tmp_path_factory.mktemp("studio")
    with running_daemon(state) as daemon:
        store = TokenStore(state)
        tokens = {
            "no token": (),
            "a wrong token": bearer("wrong"),
            "a revoked token": bearer(store.create("revoked")),
            "an expired token": bearer(store.create("expired", lifetime=timedelta(0))),
            "the owner": bearer(store.create("owner")),
            "another": bearer(store.create("another")),
            "an admin": bearer(store.create("chief", Scope.ADMIN)),
        }
        studio = Studio(daemon, tokens)
        # Known before, so that being revoked makes a difference.
        probe = [pb.GetCapabilitiesRequest()]
        assert studio.call(SERVICE + "GetCapabilities", probe, "a revoked token")[0] is OK
        store.revoke("revoked")
        until_refused(studio, "a revoked token")
        yield studio


def until_refused(studio: Studio, who: str) -> None:
    deadline = time.monotonic() + GUARD
    probe = [pb.GetCapabilitiesRequest()]
    while studio.call(SERVICE + "GetCapabilities", probe, who)[0] is not STRANGE:
        assert time.monotonic() < deadline, "the token still opens the daemon"


def test_every_method_that_the_daemon_names_has_a_row(studio: Studio) -> None:
    class Authorized(grpc.StreamStreamClientInterceptor):
        def intercept_stream_stream(self, continuation, call, requests):
            return continuation(call._replace(metadata=studio.tokens["the owner"]), requests)

    with grpc.insecure_channel(studio.daemon.address) as channel:
        open_channel = grpc.intercept_channel(channel, Authorized())
        database = ProtoReflectionDescriptorDatabase(open_channel)
        pool = DescriptorPool(database)
        methods = {
            f"/{service}/{method.name}"
            for service in database.get_services()
            for method in pool.FindServiceByName(service).methods
        }
    assert methods == ROWS.keys()


@pytest.mark.parametrize("method", ROWS)
def test_each_caller_gets_what_is_theirs_and_nothing_else(method: str, studio: Studio) -> None:
    row, job = ROWS[method], studio.job()
    expected = dict.fromkeys(STRANGERS, row.strangers)
    # The owner last: what the others tried has changed nothing.
    expected |= {"another": row.other, "an admin": row.admin, "the owner": row.owner}
    for who, wanted in expected.items():
        code, answer, error = studio.call(method, row.requests(job), who)
        assert code is wanted, (who, error)
        if who != "the owner":
            told = b"".join(answer) + (error.details().encode() if error else b"")
            assert MARKER.encode() not in told, who
            assert job.encode() not in told, who


@pytest.mark.parametrize("method", [name for name, row in ROWS.items() if row.other is UNKNOWN])
def test_anothers_job_is_answered_exactly_like_one_that_never_was(
    method: str, studio: Studio
) -> None:
    answers = []
    for job in (studio.job(), "0" * 32):
        code, _, error = studio.call(method, ROWS[method].requests(job), "another")
        assert error is not None
        answers.append((code, error.details(), details(error)))
    assert answers[0] == answers[1]


def test_wrong_revoked_and_expired_tokens_are_answered_alike(studio: Studio) -> None:
    said = set()
    for who in STRANGERS[1:]:
        _, _, error = studio.call(SERVICE + "ListJobs", [jobs_pb2.ListJobsRequest()], who)
        assert error is not None
        told = error.details()
        said.add(told[told.index("This daemon") :])  # without how often it was tried
    assert len(said) == 1


def test_job_ids_cannot_be_guessed(studio: Studio) -> None:
    ids = {studio.job() for _ in range(20)}
    assert len(ids) == 20
    assert all(len(bytes.fromhex(job)) == 16 for job in ids)
    shared = [column for column in zip(*ids, strict=True) if len(set(column)) == 1]
    assert shared == []


HOSTILE = (
    "../../../etc/passwd",
    "/etc/passwd",
    "..\\..\\x",
    "\\\\server\\share\\x",
    "C:\\x",
    "a\0b",
    "a" * 100_000,
    "",
    "%2e%2e%2f",
    "\N{RIGHT-TO-LEFT OVERRIDE}",
)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_no_name_from_a_client_reaches_a_file(name: str, studio: Studio) -> None:
    """As a job: nothing is found. As a name of the request: nothing is found, or only told."""
    before = files(studio.daemon.state)
    for method, row in ROWS.items():
        if row.other is UNKNOWN:
            code, _, _ = studio.call(method, row.requests(name), "the owner")
            assert code in (UNKNOWN, StatusCode.INVALID_ARGUMENT), method
    for spoil in (
        lambda header: header.parameters.__setattr__("model", name or ".."),
        lambda header: header.parameters.__setattr__("preset", name or ".."),
        lambda header: header.parameters.loras.add(name=name, scale=1),
        lambda header: header.stored_input.__setattr__("job_id", name),
        lambda header: header.__setattr__("request_id", name),
    ):
        edit = wire_edit()
        spoil(edit.header)
        code, _, _ = studio.call(SERVICE + "Inpaint", edit.requests(), "the owner")
        assert code in (
            UNKNOWN,
            StatusCode.INVALID_ARGUMENT,
            StatusCode.UNIMPLEMENTED,
            StatusCode.FAILED_PRECONDITION,
        )
    edit = wire_edit()
    edit.header.title = edit.header.client.name = edit.header.client.id = name[:64]
    studio.call(SERVICE + "Inpaint", edit.requests(), "the owner")
    new = files(studio.daemon.state) - before
    assert all(path.parts[0] == "spool" and path.stem.isalnum() for path in new), new
    assert not Path("/etc/passwd.arena").exists()


def files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()} - {
        Path("log")
    }
