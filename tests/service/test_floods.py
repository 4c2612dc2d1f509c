"""Clients that want more of the daemon than is theirs."""

from __future__ import annotations

import asyncio
import struct
import zlib

import grpc
import h2.config
import h2.connection
import h2.events
import psutil
import pytest

from sfumato.settings import Limits
from sfumato_client.wire import jobs_pb2
from tests.support.daemon import GUARD, Daemon
from tests.support.service import serving

MESSAGE = 1 << 30


async def test_a_compressed_message_that_would_fill_the_memory_is_refused(daemon: Daemon) -> None:
    """Four megabytes of gzip can hold four gigabytes; gRPC's own limit counts the former."""
    before = psutil.Process(daemon.process.pid).memory_full_info().uss
    bomb = bytearray()
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(MESSAGE >> 20):
        bomb += packer.compress(bytes(1 << 20))
    bomb += packer.flush()
    assert len(bomb) < 4 << 20
    status = await _send_raw(
        daemon, struct.pack(">?I", True, len(bomb)) + bomb, [("grpc-encoding", "gzip")]
    )
    assert status == str(grpc.StatusCode.UNIMPLEMENTED.value[0])
    assert psutil.Process(daemon.process.pid).memory_full_info().uss - before < MESSAGE // 8
    assert daemon.answers()


async def test_who_pings_without_end_is_sent_away(daemon: Daemon) -> None:
    host, _, port = daemon.address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    connection = h2.connection.H2Connection()
    connection.initiate_connection()
    terminated = None
    async with asyncio.timeout(GUARD):
        while terminated is None:
            connection.ping(b"12345678")
            writer.write(connection.data_to_send())
            data = await reader.read(1 << 16)
            assert data, "the connection ended without a word"
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.ConnectionTerminated):
                    terminated = event
    assert terminated.additional_data == b"too_many_pings"
    writer.close()
    assert daemon.answers()


async def test_one_owners_streams_leave_room_for_others(tmp_path) -> None:
    limits = Limits(owner_calls=4, concurrent_calls=8)
    async with serving(tmp_path, limits) as service:
        greedy = (("authorization", f"Bearer {service.store.create('greedy')}"),)
        request = jobs_pb2.WatchQueueRequest()
        watches = [service.stub.WatchQueue(request, metadata=greedy) for _ in range(4)]
        for watch in watches:
            await watch.read()
        for _ in range(4):
            with pytest.raises(grpc.RpcError):
                await service.stub.WatchQueue(request, metadata=greedy).read()
        await service.stub.WatchQueue(request, metadata=service.metadata).read()


async def _send_raw(daemon: Daemon, body: bytes, headers: list[tuple[str, str]]) -> str:
    """Make a call with bytes as they are; its status."""
    host, _, port = daemon.address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
    connection.initiate_connection()
    connection.send_headers(
        1,
        [
            (":method", "POST"),
            (":scheme", "http"),
            (":path", "/sfumato.v1.Inpainting/ListJobs"),
            (":authority", daemon.address),
            ("content-type", "application/grpc"),
            ("te", "trailers"),
            *daemon.metadata,
            *headers,
        ],
    )
    at = 0
    try:
        async with asyncio.timeout(GUARD):
            while True:
                while at < len(body) and (
                    room := min(
                        connection.local_flow_control_window(1),
                        connection.max_outbound_frame_size,
                    )
                ):
                    piece = body[at : at + room]
                    at += len(piece)
                    connection.send_data(1, piece, end_stream=at == len(body))
                writer.write(connection.data_to_send())
                for event in connection.receive_data(await reader.read(1 << 16)):
                    if isinstance(event, h2.events.ResponseReceived | h2.events.TrailersReceived):
                        found = dict(event.headers)
                        if "grpc-status" in found:
                            return found["grpc-status"]
    finally:
        writer.close()
