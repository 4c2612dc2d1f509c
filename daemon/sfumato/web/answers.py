"""What the page's requests carry, and what they hear: JSON, with the gRPC service's refusals."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from grpc import StatusCode
from starlette.requests import Request
from starlette.responses import JSONResponse

from sfumato.service.status import Refusal, invalid

_MOST_BYTES = 64 << 10
_SECONDS = 10.0
_HTTP = {
    StatusCode.INVALID_ARGUMENT: 400,
    StatusCode.UNAUTHENTICATED: 401,
    StatusCode.PERMISSION_DENIED: 403,
    StatusCode.NOT_FOUND: 404,
    StatusCode.ALREADY_EXISTS: 409,
    StatusCode.FAILED_PRECONDITION: 409,
    StatusCode.RESOURCE_EXHAUSTED: 429,
    StatusCode.UNIMPLEMENTED: 501,
    StatusCode.UNAVAILABLE: 503,
    StatusCode.DEADLINE_EXCEEDED: 504,
}


async def body_of(request: Request) -> dict[str, Any]:
    """A request's JSON object; a ``Refusal`` for anything else, for too much and for too slow."""
    # Only scripts of the page itself can say so: forms of other sites cannot.
    if request.headers.get("content-type") != "application/json":
        raise invalid("body", "Requests carry application/json.")
    data = b""
    try:
        async with asyncio.timeout(_SECONDS):
            async for chunk in request.stream():
                data += chunk
                if len(data) > _MOST_BYTES:
                    raise invalid("body", f"The request has more than {_MOST_BYTES} bytes.")
    except TimeoutError:
        raise invalid("body", f"The request did not come within {_SECONDS:g} seconds.") from None
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise invalid("body", "The request is no JSON object.")
    return body


def refused(refusal: Refusal) -> JSONResponse:
    """What went wrong, as the gRPC service would say it."""
    headers = {}
    if refusal.retry_seconds is not None:
        headers["retry-after"] = str(max(1, round(refusal.retry_seconds)))
    return JSONResponse(said(refusal), _HTTP.get(refusal.code, 500), headers)


def said(refusal: Refusal) -> dict[str, str]:
    """A refusal for the page: a stable reason and a sentence."""
    return {"reason": refusal.reason, "message": refusal.message, "field": refusal.field}
