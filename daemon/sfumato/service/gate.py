"""The gate every call goes through: who calls, and what becomes of errors.

It is an interceptor, so that no method can forget it. Health alone is open to everybody, as
supervisors probe it without secrets; it tells nothing but that the daemon serves.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, TypeAlias, cast

import grpc
from google.protobuf.message import DecodeError
from grpc.aio import AbortError, ServerInterceptor, ServicerContext

from sfumato.jobs.errors import JobsError
from sfumato.service.auth import Tokens
from sfumato.service.status import DETAILS_KEY, Refusal, going_away, of_jobs

log = logging.getLogger(__name__)

_OPEN = "/grpc.health.v1.Health/"
_WATCH = "/sfumato.v1.Inpainting/WatchQueue"

# Generic to type checkers alone.
Context: TypeAlias = "ServicerContext[Any, Any]"
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
_Unary = Callable[[object, Context], Awaitable[object]]
_Streaming = Callable[[object, Context], AsyncIterator[object]]


class Gate(ServerInterceptor):
    """Lets known owners in and turns errors into statuses.

    A client that stops reading is given up after ``stall_seconds``; until then it holds one event.
    """

    def __init__(self, tokens: Tokens, stall_seconds: float) -> None:
        self._tokens = tokens
        self._stall_seconds = stall_seconds
        self._streams: dict[asyncio.Timeout, str] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[_Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> _Handler | None:
        """The method's handler, guarded; None where there is no such method."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or method.startswith(_OPEN):
            return handler
        return self._guarded(handler, method)

    def _guarded(self, handler: _Handler, method: str) -> _Handler:
        async def call(raw: object, context: Context) -> object:
            try:
                self._tokens.owner(context.invocation_metadata())
                request = _decoded(raw, handler)
                if not handler.response_streaming:
                    return await cast("_Unary", _behavior(handler))(request, context)
                events = cast("_Streaming", _behavior(handler))(request, context)
                await self._stream(events, context, method)
                return None
            except AbortError:
                raise
            except Exception as error:
                _refuse(context, method, error)
                return None

        # Requests are decoded by `call`, which has a status for those that are no messages.
        return _MAKERS[handler.request_streaming, handler.response_streaming](
            call, None, handler.response_serializer
        )

    def end_watches(self) -> None:
        """End the streams that would never end by themselves."""
        self._end(endless=True)

    def end_streams(self) -> None:
        """End the streams that remain; their clients find out that the daemon went away."""
        self._end(endless=False)

    def _end(self, endless: bool) -> None:
        for scope, method in self._streams.items():
            if method == _WATCH or not endless:
                scope.reschedule(0)

    async def _stream(self, events: AsyncIterator[object], context: Context, method: str) -> None:
        scope = asyncio.timeout(None)
        try:
            async with scope:
                self._streams[scope] = method
                await self._send(events, context)
        except TimeoutError:
            if scope.expired():
                raise going_away() from None
            raise
        finally:
            self._streams.pop(scope, None)

    async def _send(self, events: AsyncIterator[object], context: Context) -> None:
        # Closed here, so that a vanished client unwinds `events` now and not in the garbage
        # collector's time.
        async with aclosing(cast("Any", events)):
            async for event in events:
                try:
                    async with asyncio.timeout(self._stall_seconds):
                        await context.write(event)
                except TimeoutError:
                    raise Refusal(
                        grpc.StatusCode.DEADLINE_EXCEEDED,
                        "READER_STALLED",
                        f"The client read nothing for {self._stall_seconds:g} seconds. Attach to "
                        "the job again to get what is missing.",
                    ) from None


_MAKERS: dict[tuple[bool, bool], Callable[..., _Handler]] = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}


def _behavior(handler: _Handler) -> object:
    if handler.request_streaming:
        return handler.stream_stream if handler.response_streaming else handler.stream_unary
    return handler.unary_stream if handler.response_streaming else handler.unary_unary


def _decoded(raw: object, handler: _Handler) -> object:
    if not handler.request_streaming:
        return _decode(cast("bytes", raw), handler)

    async def requests() -> AsyncIterator[object]:
        async for message in cast("AsyncIterator[bytes]", raw):
            yield _decode(message, handler)

    return requests()


def _decode(raw: bytes, handler: _Handler) -> object:
    assert handler.request_deserializer is not None
    try:
        return handler.request_deserializer(raw)
    except DecodeError:
        raise Refusal(
            grpc.StatusCode.INVALID_ARGUMENT,
            "NOT_A_MESSAGE",
            "The request's bytes are not a message of this contract: the client has a fault.",
        ) from None


def _refuse(context: Context, method: str, error: Exception) -> None:
    """Let the call end with this error.

    Not ``context.abort``: the exception that it keeps holds the call, so that a stream with unread
    messages stays open until the garbage collector comes, and counts against its connection.
    """
    refusal = _refusal(method, error)
    log.info("refused", extra={"method": method, "reason": refusal.reason, "peer": context.peer()})
    context.set_code(refusal.code)
    context.set_details(refusal.message)
    context.set_trailing_metadata(((DETAILS_KEY, refusal.details()),))


def _refusal(method: str, error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, JobsError):
        return of_jobs(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Refusal(
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "DISK_FULL",
            "The daemon's disk is full. Free some space, or make it forget old jobs.",
            retry_seconds=30,
        )
    incident = secrets.token_hex(4)
    log.error("failed", exc_info=error, extra={"method": method, "incident": incident})
    return Refusal(
        grpc.StatusCode.INTERNAL,
        "INTERNAL",
        f"The daemon has a fault; its log tells more under incident {incident}.",
    )
