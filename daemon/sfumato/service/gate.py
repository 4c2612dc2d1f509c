"""The gate every call goes through: who calls, and what becomes of errors.

It is an interceptor, so that no method can forget it. The health check alone is open to everybody,
as supervisors probe it without secrets; it tells nothing but that the daemon serves. Watching the
health is not: each watcher would hold one of the daemon's calls for as long as it likes.
"""

from __future__ import annotations

import errno
import logging
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias, cast

import grpc
from google.protobuf.message import DecodeError
from grpc.aio import AbortError, ServerInterceptor

from sfumato.jobs.errors import JobsError
from sfumato.jobs.moments import Observe, Refused, unobserved
from sfumato.service.attempts import Attempts, place_of
from sfumato.service.auth import CALLER, Caller, Metadata, Tokens
from sfumato.service.status import DETAILS_KEY, Outcome, Refusal, of_jobs
from sfumato.service.streams import Context, Events, Streams
from sfumato.settings import Limits

log = logging.getLogger(__name__)

TOO_MANY_WRONG_TOKENS = "TOO_MANY_WRONG_TOKENS"
_OPEN = "/grpc.health.v1.Health/Check"

# Generic to type checkers alone.
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
_Unary = Callable[[object, Context], Awaitable[object]]
_Streaming = Callable[[object, Context], Events]


class Gate(ServerInterceptor):
    """Lets known owners in, with ``owner_calls`` calls at once, and turns errors into statuses."""

    def __init__(self, tokens: Tokens, limits: Limits, observe: Observe = unobserved) -> None:
        self._tokens = tokens
        self._observe = observe
        self._owner_calls = limits.owner_calls
        self._attempts = Attempts()
        self._calls: Counter[str] = Counter()
        self.streams = Streams(limits.stall_seconds)

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[_Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> _Handler | None:
        """The method's handler, guarded; None where there is no such method."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or method == _OPEN:
            return handler
        return self._guarded(handler, method)

    def _guarded(self, handler: _Handler, method: str) -> _Handler:
        async def call(raw: object, context: Context) -> object:
            try:
                caller = await self.let_in(context.invocation_metadata(), context.peer())
                with self.counted(caller):
                    request = _decoded(raw, handler)
                    if not handler.response_streaming:
                        return await cast("_Unary", _behavior(handler))(request, context)
                    events = cast("_Streaming", _behavior(handler))(request, context)
                    await self.streams.send(events, context, method, caller.owner)
                return None
            except AbortError:
                raise
            except Exception as error:
                self._refuse(context, method, error)
                return None

        # Requests are decoded by `call`, which has a status for those that are no messages.
        return _MAKERS[handler.request_streaming, handler.response_streaming](
            call, None, handler.response_serializer
        )

    async def let_in(self, metadata: Metadata | None, peer: str) -> Caller:
        """Find out who calls; a ``Refusal`` for strangers, too many of which are told to wait."""
        try:
            caller = await self._tokens.caller(metadata)
        except Refusal as refusal:
            raise self.turned_away(refusal, peer) from None
        CALLER.set(caller)
        return caller

    def turned_away(self, refusal: Refusal, peer: str) -> Refusal:
        """What a stranger hears: this, or to wait if many come from there."""
        place = place_of(peer)
        attempt = self._attempts.failed(place)
        if not attempt.wait_seconds:
            return refusal
        if attempt.first:
            log.warning("many calls without a right token", extra={"from": place})
        return Refusal(
            refusal.code,
            TOO_MANY_WRONG_TOKENS,
            f"Too many calls without a right token come from {place}. {refusal.message}",
            retry_seconds=attempt.wait_seconds,
        )

    def refusal(self, method: str, error: Exception, peer: str) -> Refusal:
        """What a caller hears of an error; observers hear of it, too."""
        refusal = _refusal(method, error)
        if not isinstance(refusal, Outcome):
            # Wrong tokens come by the thousand when somebody guesses.
            loud = refusal.reason != TOO_MANY_WRONG_TOKENS
            reason = refusal.reason or refusal.code.name
            self._observe(Refused(method, reason, peer, loud))
        return refusal

    def _refuse(self, context: Context, method: str, error: Exception) -> None:
        """Let the call end with this error.

        Not ``context.abort``: the exception that it keeps holds the call, so that a stream with
        unread messages stays open until the garbage collector comes, and counts against its
        connection.
        """
        refusal = self.refusal(method, error, context.peer())
        context.set_code(refusal.code)
        context.set_details(refusal.message)
        context.set_trailing_metadata(((DETAILS_KEY, refusal.details()),))

    @contextmanager
    def counted(self, caller: Caller) -> Iterator[None]:
        """Count a call while it runs; a ``Refusal`` if its owner has too many."""
        if self._calls[caller.owner] >= self._owner_calls:
            raise Refusal(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "TOO_MANY_CALLS",
                f"{self._owner_calls} calls with this token run at once, which is the most "
                "this daemon allows. Wait until some are done.",
                retry_seconds=2,
            )
        self._calls[caller.owner] += 1
        try:
            yield
        finally:
            self._calls[caller.owner] -= 1
            if not self._calls[caller.owner]:
                del self._calls[caller.owner]


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
