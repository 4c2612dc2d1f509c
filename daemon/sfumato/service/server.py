"""The gRPC server: its options, its services, its start and its end."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import TYPE_CHECKING

import grpc.aio
from grpc_health.v1.health import SERVICE_NAME as HEALTH
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server
from grpc_reflection.v1alpha import reflection

from sfumato.jobs.moments import Observe, unobserved
from sfumato.listen import Listen
from sfumato.service.auth import Tokens, wrong_token
from sfumato.service.gate import Gate
from sfumato.service.health import Health
from sfumato.service.servicer import Servicer
from sfumato.service.state import CannotServe
from sfumato.service.wire.inpainting_pb2_grpc import add_InpaintingServicer_to_server
from sfumato.settings import Limits
from sfumato_client.wire import inpainting_pb2

if TYPE_CHECKING:
    from sfumato.access.certificates import Identity  # The daemon of one computer does without.

log = logging.getLogger(__name__)

SERVICE = inpainting_pb2.DESCRIPTOR.services_by_name["Inpainting"].full_name
MAX_MESSAGE = 4 << 20
_STREAMS_PER_CONNECTION = 64
_CANCEL_SECONDS = 1.0
"""What calls get beyond their grace to tell their clients that the daemon goes away."""
_END_SECONDS = 5.0
"""What gRPC gets beyond that to break off what is left."""
_OPTIONS = {
    # Another daemon on the same port would silently get half of the calls.
    "grpc.so_reuseport": 0,
    "grpc.max_receive_message_length": MAX_MESSAGE,
    "grpc.max_send_message_length": MAX_MESSAGE,
    "grpc.max_concurrent_streams": _STREAMS_PER_CONNECTION,
    # Pixels are packed already, and four megabytes of gzip can be four gigabytes of message.
    "grpc.compression_enabled_algorithms_bitset": 1,
    # The server pings, so that clients need not, and finds those that are gone without a word.
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 20_000,
    "grpc.keepalive_permit_without_calls": 1,
    "grpc.http2.max_pings_without_data": 0,
    # Clients may ping this often, also without calls; the third ping too many ends the connection.
    "grpc.http2.min_ping_interval_without_data_ms": 10_000,
    "grpc.http2.max_ping_strikes": 2,
    # Who connects and says nothing is sent away: in the middle of TLS, and without a call.
    "grpc.server_handshake_timeout_ms": 10_000,
    "grpc.max_connection_idle_ms": 600_000,
}


class Server:
    """Serves one servicer behind the gate, with health and reflection."""

    def __init__(
        self,
        servicer: Servicer,
        tokens: Tokens,
        limits: Limits,
        observe: Observe = unobserved,
    ) -> None:
        self._tokens = tokens
        self.gate = Gate(tokens, limits, observe)
        self._health = Health(SERVICE)
        self._server = grpc.aio.server(
            interceptors=[self.gate],
            options=list(_OPTIONS.items()),
            maximum_concurrent_rpcs=limits.concurrent_calls,
        )
        add_InpaintingServicer_to_server(servicer, self._server)  # type: ignore[no-untyped-call]
        add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(
            (SERVICE, HEALTH, reflection.SERVICE_NAME), self._server
        )

    async def start(
        self, listen: Listen, last_port: int = 0, identity: Identity | None = None
    ) -> Listen:
        """Listen and serve, with TLS if there is an ``identity``; says where.

        ``CannotServe`` if the address cannot be had. Where any port will do, ``last_port`` is
        taken if it is free.
        """
        wish = listen
        if not listen.port and last_port and not _obstacle(listen.host, last_port):
            wish = listen._replace(port=last_port)
        # Asked before gRPC is, which answers with lines of its own on standard error.
        obstacle = _obstacle(wish.host, wish.port)
        if obstacle:
            raise CannotServe(
                f"Cannot listen on {wish}: {obstacle}. Choose another address with --listen."
            )
        if identity is None:
            port = self._server.add_insecure_port(str(wish))
        else:
            keys = [(identity.key, identity.certificate)]
            port = self._server.add_secure_port(str(wish), grpc.ssl_server_credentials(keys))
        await self._server.start()
        self._health.set(serving=True)
        return wish._replace(port=port)

    async def heed_tokens(self) -> None:
        """Look which tokens have come and which are gone, and send away whose tokens are gone."""
        await self._tokens.refresh()
        self.gate.streams.end_of(lambda owner: not self._tokens.knows(owner), wrong_token())

    async def stop(self, grace: float) -> None:
        """Take no more calls; those under way get ``grace`` seconds, endless ones none.

        It takes some seconds more at most, whatever clients do or leave undone.
        """
        self._health.set(serving=False)
        stopping = asyncio.ensure_future(self._server.stop(grace + _CANCEL_SECONDS))
        self.gate.streams.end_watches()
        await asyncio.wait({stopping}, timeout=grace)
        self.gate.streams.end_all()
        try:
            await asyncio.wait_for(stopping, _CANCEL_SECONDS + _END_SECONDS)
        except TimeoutError:
            log.warning("some connections do not end")


def _obstacle(host: str, port: int) -> str:
    """Why an address cannot be listened on; empty if it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        return error.strerror or str(error)
    return ""
