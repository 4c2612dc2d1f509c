"""A session's line to the daemon: the calls of the contract with token, deadline and our errors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from grpclib.exceptions import GRPCError

from sfumato_client.endpoint import Endpoint
from sfumato_client.patience import Patience
from sfumato_client.status import LOST, error_of_loss, error_of_status
from sfumato_client.transport import Call, Channel
from sfumato_client.version import PROTOCOL
from sfumato_client.wire import inpainting_pb2
from sfumato_client.wire.inpainting_grpc import InpaintingStub

log = logging.getLogger(__name__)


class Link:
    """The daemon's calls. Used from one event loop."""

    def __init__(self, endpoint: Endpoint, patience: Patience) -> None:
        self.endpoint = endpoint
        self.patience = patience
        self.stub = InpaintingStub(self._new_channel())
        self._metadata = {"authorization": f"Bearer {endpoint.token}"} if endpoint.token else {}

    def _new_channel(self) -> Channel:
        self._channel = Channel(self.endpoint)
        return self._channel

    def open(self, method: Any) -> Call:
        """Open a streaming call without a deadline, for ``async with``."""
        call: Call = method.open(metadata=self._metadata)
        return call

    async def ask(self, method: Any, request: Any) -> Any:
        """Make a short call; raises our errors."""
        with self.errors():
            return await method(request, timeout=self.patience.answer, metadata=self._metadata)

    async def replies(self, method: Any, request: Any) -> AsyncIterator[Any]:
        """Make a call with many replies; raises our errors."""
        with self.errors():
            async with self.open(method) as call:
                await call.send_message(request, end=True)
                async for reply in call:
                    yield reply

    async def capabilities(self) -> inpainting_pb2.GetCapabilitiesResponse:
        """Ask what the daemon can do."""
        version = inpainting_pb2.ProtocolVersion(major=PROTOCOL[0], minor=PROTOCOL[1])
        request = inpainting_pb2.GetCapabilitiesRequest(protocol=version)
        reply = await self.ask(self.stub.GetCapabilities, request)
        assert isinstance(reply, inpainting_pb2.GetCapabilitiesResponse)
        return reply

    async def probe(self) -> None:
        """Make sure that the daemon still answers; otherwise drop the connection and raise.

        A frozen daemon or a dead network is silent: without traffic TCP does not notice for hours.
        A broken line is no news here, its streams end by themselves; neither is a daemon that
        takes no more calls while it finishes the running ones.
        """
        try:
            version = inpainting_pb2.ProtocolVersion(major=PROTOCOL[0], minor=PROTOCOL[1])
            request = inpainting_pb2.GetCapabilitiesRequest(protocol=version)
            timeout = self.patience.answer
            await self.stub.GetCapabilities(request, timeout=timeout, metadata=self._metadata)
        except (asyncio.TimeoutError, TimeoutError):
            self._channel.reset()
            raise
        except (GRPCError, *LOST) as error:
            log.debug("a silent daemon was asked whether it is there: %r", error)

    async def cancel(self, job_id: str) -> int:
        """Cancel a job; return its state (``wire.jobs_pb2.JobState``) afterwards."""
        request = inpainting_pb2.CancelRequest(job_id=job_id)
        reply = await self.ask(self.stub.Cancel, request)
        return int(reply.state)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Tell what grpclib raises as our errors."""
        try:
            yield
        except GRPCError as error:
            raise error_of_status(error) from error
        except LOST as error:
            raise error_of_loss(error, self.endpoint.address) from error

    def close(self) -> None:
        """Close the connection; running calls end."""
        self._channel.close()
