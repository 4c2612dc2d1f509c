"""An answer without an end: what happens, as it happens, until one side goes away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import cast

from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from sfumato.service.status import Refusal
from sfumato.service.streams import Context, Streams
from sfumato.web.answers import said

WATCH = "/sfumato.v1.Inpainting/WatchQueue"
_STALL_SECONDS = 60.0


class Live(Response):
    """Lines, sent among the streams of the gRPC service: what ends those ends this one.

    The last line of one that is ended from here is the refusal that says why.
    """

    def __init__(self, lines: AsyncIterator[bytes], streams: Streams, owner: str) -> None:
        super().__init__()
        self._lines = lines
        self._streams = streams
        self._owner = owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the end."""

        async def patient(message: Message) -> None:
            async with asyncio.timeout(_STALL_SECONDS):
                await send(message)

        response = StreamingResponse(self._lines, media_type="application/x-ndjson")
        try:
            await self._streams.send(
                response(scope, receive, patient), cast("Context", None), WATCH, self._owner
            )
        except TimeoutError:
            return  # The browser does not read any more.
        except Refusal as refusal:
            last = json.dumps({"refusal": said(refusal)}).encode() + b"\n"
            await send({"type": "http.response.body", "body": last})
