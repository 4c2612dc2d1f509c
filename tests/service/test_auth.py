from __future__ import annotations

import asyncio
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from sfumato.access.tokens import Scope, TokenError, digest
from sfumato.service.attempts import BURST
from sfumato.service.auth import Tokens
from sfumato.service.server import SERVICE
from sfumato.service.status import Refusal
from sfumato.settings import Limits
from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import jobs_pb2
from tests.support.daemon import GUARD, Daemon
from tests.support.edits import wire_edit
from tests.support.errors import reason
from tests.support.jobs import listed
from tests.support.service import OWNER, Service, serving

CAPABILITIES = pb.GetCapabilitiesRequest()


@pytest.mark.parametrize(
    ("metadata", "why", "words"),
    [
        ((), "TOKEN_MISSING", "wants a token, and none was sent"),
        ((("authorization", "Basic dXNlcjpwYXNz"),), "TOKEN_MISSING", "none was sent"),
        ((("authorization", "Bearer "),), "TOKEN_MISSING", "none was sent"),
        ((("authorization", "Bearer wrong"),), "TOKEN_WRONG", "does not take this token"),
        ((("authorization", "Bearer " + "x" * 4000),), "TOKEN_WRONG", "does not take this token"),
    ],
)
async def test_a_stranger_is_told_what_an_artist_can_do(
    metadata: tuple[tuple[str, str], ...], why: str, words: str, tmp_path: Path
) -> None:
    async with serving(tmp_path) as service:
        error = await refused(service, metadata)
    assert error.code() is grpc.StatusCode.UNAUTHENTICATED
    assert reason(error) == why
    assert words in error.details()
    assert "sfumato token create NAME --join" in error.details()


async def refused(service: Service, metadata: tuple[tuple[str, str], ...]) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as caught:
        await service.stub.GetCapabilities(CAPABILITIES, metadata=metadata, timeout=GUARD)
    return caught.value


async def test_a_guesser_is_slowed_down_and_keeps_nobody_out(tmp_path: Path) -> None:
    async with serving(tmp_path) as service:
        guess = (("authorization", "Bearer guess"),)
        errors = [await refused(service, guess) for _ in range(BURST)]
        assert {reason(error) for error in errors} == {"TOKEN_WRONG"}
        async with asyncio.timeout(GUARD):
            while reason(errors[-1]) != "TOO_MANY_WRONG_TOKENS":
                errors.append(await refused(service, guess))
        assert len({error.code() for error in errors}) == 1
        # The artist behind the same router, or on the same computer.
        reply = await service.stub.GetCapabilities(
            CAPABILITIES, metadata=service.metadata, timeout=GUARD
        )
        assert reply.protocol.major


async def test_a_token_made_while_the_daemon_runs_opens_it_at_once(tmp_path: Path) -> None:
    async with serving(tmp_path) as service:
        for scope in Scope:
            metadata = bearer(service.store.create(scope, scope))
            reply = await service.stub.GetCapabilities(
                CAPABILITIES, metadata=metadata, timeout=GUARD
            )
            assert reply.admin is (scope is Scope.ADMIN)


async def test_a_new_token_works_at_once_in_many_calls_at_once(tmp_path: Path) -> None:
    async with serving(tmp_path) as service:
        for number in range(10):
            metadata = bearer(service.store.create(f"artist {number}"))
            calls = [
                service.stub.GetCapabilities(CAPABILITIES, metadata=metadata, timeout=GUARD)
                for _ in range(20)
            ]
            assert all([(await call).protocol.major for call in calls])


async def test_a_revoked_owners_streams_end_and_others_go_on(tmp_path: Path) -> None:
    async with serving(tmp_path) as service:
        watches = []
        for name in ("anna", "ben"):
            metadata = bearer(service.store.create(name))
            watch = service.stub.WatchQueue(jobs_pb2.WatchQueueRequest(), metadata=metadata)
            await watch.read()
            watches.append(watch)
        service.store.revoke("anna")
        await service.server.heed_tokens()
        with pytest.raises(grpc.RpcError) as caught:
            await watches[0].read()
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
        service.jobs.pause(True)
        assert (await watches[1].read()).paused


async def test_a_revoked_owners_edits_end(tmp_path: Path) -> None:
    async with serving(tmp_path) as service:
        service.jobs.pause(True)
        metadata = bearer(service.store.create("anna"))
        jobs = []
        for sender in (metadata, service.metadata):
            inpaint = service.stub.Inpaint(wire_edit().requests(), metadata=sender)
            jobs.append((await inpaint.read()).accepted.job_id)
        service.store.revoke("anna")
        await service.server.heed_tokens()
        await service.jobs.disown(service.tokens.knows)
        kept = await service.jobs.get(OWNER, jobs[1])
        [lost] = await listed(service.jobs, digest(metadata[0][1].split()[1]).hex()[:16])
        assert lost.id == jobs[0]
        assert (lost.state.ended, kept.state.ended) == (True, False)


async def test_one_owner_cannot_take_all_calls(tmp_path: Path) -> None:
    async with serving(tmp_path, Limits(owner_calls=3)) as service:
        watches = [
            service.stub.WatchQueue(jobs_pb2.WatchQueueRequest(), metadata=service.metadata)
            for _ in range(3)
        ]
        for watch in watches:
            await watch.read()
        error = await refused(service, service.metadata)
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert reason(error) == "TOO_MANY_CALLS"
        other = bearer(service.store.create("anna"))
        await service.stub.GetCapabilities(CAPABILITIES, metadata=other, timeout=GUARD)
        # One that ended counts no more.
        once = jobs_pb2.WatchQueueRequest(once=True)
        for _ in range(5):
            async for _ in service.stub.WatchQueue(once, metadata=other, timeout=GUARD):
                pass


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)


def test_health_answers_without_a_token(daemon: Daemon) -> None:
    with grpc.insecure_channel(daemon.address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for service in ("", SERVICE):
            request = health_pb2.HealthCheckRequest(service=service)
            reply = health.Check(request, timeout=GUARD)
            assert reply.status == health_pb2.HealthCheckResponse.SERVING


def test_reflection_lists_the_service_to_those_with_a_token(daemon: Daemon) -> None:
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    with grpc.insecure_channel(daemon.address) as channel:
        reflect = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo
        with pytest.raises(grpc.RpcError) as caught:
            list(reflect(iter([request]), timeout=GUARD))
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
        [reply] = reflect(iter([request]), metadata=daemon.metadata, timeout=GUARD)
    names = {service.name for service in reply.list_services_response.service}
    assert names >= {SERVICE, "grpc.health.v1.Health"}


def test_a_new_token_is_for_its_user_alone_and_stays_the_same(tmp_path: Path) -> None:
    Tokens.of(tmp_path)
    path = tmp_path / "token"
    token = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(token.strip()) >= 40
    Tokens.of(tmp_path)
    assert path.read_text() == token
    assert [file.name for file in tmp_path.iterdir()] == ["token"]


def test_a_token_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    Tokens.of(tmp_path)
    (tmp_path / "token").chmod(0o644)
    with pytest.raises(TokenError, match="chmod 600"):
        Tokens.of(tmp_path)


def test_an_empty_token_file_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / "token").touch(mode=0o600)
    with pytest.raises(TokenError, match="empty"):
        Tokens.of(tmp_path)


async def test_the_owner_is_the_tokens_and_tells_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "token").touch(mode=0o600)
    (tmp_path / "token").write_text("secret")
    metadata = (("user-agent", "x"), ("authorization", "Bearer secret"))
    caller = await Tokens.of(tmp_path).caller(metadata)
    assert caller == await Tokens.of(tmp_path).caller(metadata)
    assert caller.admin
    assert "secret" not in repr(caller)
    (tmp_path / "token").write_text("another")
    with pytest.raises(Refusal):
        await Tokens.of(tmp_path).caller(metadata)
