from __future__ import annotations

from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from sfumato.service.auth import TokenError, Tokens
from sfumato.service.server import SERVICE
from sfumato.service.status import Refusal
from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import jobs_pb2, models_pb2, segment_pb2
from tests.support.daemon import GUARD, Daemon
from tests.support.errors import reason

METHODS = pb.DESCRIPTOR.services_by_name["Inpainting"].methods
REQUESTS = {
    message: getattr(module, message)
    for module in (pb, jobs_pb2, models_pb2, segment_pb2)
    for message in module.DESCRIPTOR.message_types_by_name
}


def call(daemon: Daemon, name: str, metadata: tuple[tuple[str, str], ...]) -> None:
    """Call a method with an empty request and read the answer to its end."""
    method = {method.name: method for method in METHODS}[name]
    request = REQUESTS[method.input_type.name]()
    with daemon.stub() as stub:
        callable_ = getattr(stub, name)
        sent = iter([request]) if method.client_streaming else request
        answer = callable_(sent, metadata=metadata, timeout=GUARD)
        if method.server_streaming:
            list(answer)


@pytest.mark.parametrize("name", [method.name for method in METHODS])
@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ((), "TOKEN_MISSING"),
        ((("authorization", "Bearer wrong"),), "TOKEN_WRONG"),
        ((("authorization", "Basic dXNlcjpwYXNz"),), "TOKEN_MISSING"),
        ((("authorization", "Bearer "),), "TOKEN_MISSING"),
    ],
)
def test_no_method_answers_without_the_right_token(
    name: str, metadata: tuple[tuple[str, str], ...], why: str, daemon: Daemon
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        call(daemon, name, metadata)
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert "authorization: Bearer TOKEN" in caught.value.details()
    assert reason(caught.value) == why


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


def test_the_owner_is_the_tokens_and_tells_nothing_of_it() -> None:
    metadata = (("user-agent", "x"), ("authorization", "Bearer secret"))
    owner = Tokens("secret").owner(metadata)
    assert owner == Tokens("secret").owner(metadata)
    assert "secret" not in owner
    with pytest.raises(Refusal):
        Tokens("another").owner(metadata)
