"""An admin has engine hosts join and leave over the wire."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from sfumato_client.wire import hosts_pb2 as pb
from tests.support.daemon import GUARD
from tests.support.engines import puppet
from tests.support.errors import field, reason
from tests.support.puppet_edits import inpaint, puppet_edit
from tests.support.service import Service, serving


async def hosts(service: Service) -> dict[str, pb.EngineHost]:
    reply = await service.stub.ListHosts(
        pb.ListHostsRequest(), metadata=service.metadata, timeout=GUARD
    )
    return {host.name: host for host in reply.hosts}


async def update(service: Service, **change: object) -> str:
    request = pb.UpdateHostsRequest(**change)  # type: ignore[arg-type]
    reply = await service.stub.UpdateHosts(request, metadata=service.metadata, timeout=GUARD)
    return reply.name


async def refused(service: Service, **change: object) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await update(service, **change)
    assert caught.value.details().endswith(".")
    return caught.value


async def test_hosts_are_listed_with_what_they_do(service: Service) -> None:
    before = await hosts(service)
    assert list(before) == ["fill@cpu", "puppet@cpu"]
    assert {host.state for host in before.values()} == {pb.HOST_STATE_RESTING}
    await inpaint(service, puppet_edit())
    told = (await hosts(service))["puppet@cpu"]
    assert (told.engine, told.device, told.capacity) == ("puppet", "cpu", 4)
    assert (told.state, list(told.models)) == (pb.HOST_STATE_READY, ["puppet"])
    assert told.resident_bytes > 1_000_000


async def test_a_host_that_joins_takes_edits_when_the_other_has_left(service: Service) -> None:
    assert await update(service, add={"device": " cpu "}) == "puppet@cpu#2"
    assert await update(service, remove={"name": "puppet@cpu", "now": True}) == "puppet@cpu"
    assert list(await hosts(service)) == ["fill@cpu", "puppet@cpu#2"]
    events = await inpaint(service, puppet_edit())
    assert events[-1].HasField("done")
    error = await refused(service, remove={"name": "puppet@cpu#2", "now": True})
    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert reason(error) == "LAST_HOST"


async def test_an_engine_can_be_named(service: Service) -> None:
    assert await update(service, add={"device": "cpu", "engine": "fill"}) == "fill@cpu#2"


async def test_what_cannot_be_is_refused_with_what_to_do(service: Service) -> None:
    for place, blamed in (
        ({"device": "gpu7"}, "add.device"),
        ({}, "add.device"),
        ({"device": "cpu", "engine": "magic"}, "add.engine"),
        ({"device": "0", "engine": "fill"}, "add.device"),
    ):
        error = await refused(service, add=place)
        assert (error.code(), field(error)) == (grpc.StatusCode.INVALID_ARGUMENT, blamed)
    assert field(await refused(service)) == "change"
    assert reason(await refused(service, remove={"name": "puppet@cuda:0"})) == "UNKNOWN_HOST"
    assert list(await hosts(service)) == ["fill@cpu", "puppet@cpu"]


async def test_a_device_that_is_not_there_or_is_taken_gets_no_host(tmp_path: Path) -> None:
    async with serving(tmp_path, engines=(puppet(device="auto"),)) as service:
        assert reason(await refused(service, add={"device": "cuda:0"})) == "HOST_EXISTS"
        error = await refused(service, add={"device": "99"})
        assert reason(error) == "NO_SUCH_DEVICE"
        assert "no cuda:99" in error.details()


async def test_on_a_cluster_computers_bring_their_hosts(tmp_path: Path) -> None:
    async with serving(tmp_path, engines=()) as service:
        error = await refused(service, add={"device": "cpu"})
    assert reason(error) == "HOSTS_OF_CLUSTER"
    assert "ray start" in error.details()
