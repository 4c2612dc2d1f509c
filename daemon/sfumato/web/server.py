"""The page's server: uvicorn on a socket of this computer alone, in the daemon's own event loop."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Collection
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from sfumato.listen import Listen
from sfumato.service.state import CannotServe
from sfumato.web.app import Page
from sfumato.web.behind import Behind
from sfumato.web.renderer import Renderer

_HOST = "127.0.0.1"
_MOST_CONNECTIONS = 256
_LOOK_SECONDS = 10.0


class WebServer:
    """Serves the page on ``port`` (0: any free one) of this computer; ``CannotServe`` if taken."""

    def __init__(self, port: int, names: Collection[str], behind: Behind) -> None:
        try:
            self._socket = socket.create_server((_HOST, port))
        except OSError as error:
            raise CannotServe(
                f"The page cannot have port {port}: {error.strerror}. Choose another with --web."
            ) from error
        bound: int = self._socket.getsockname()[1]
        self.address = f"http://{Listen(_HOST, bound)}/"
        self._renderer = Renderer()
        self._server = uvicorn.Server(
            uvicorn.Config(
                Page(behind, self._renderer, bound).app(names),
                http=_Patient,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=1,
            )
        )

    async def start(self) -> None:
        """Serve."""
        # Not `serve`, which would take the daemon's signals, and wake it ten times a second.
        # Strangers could fill the log with what is wrong with their requests.
        logging.getLogger("uvicorn").setLevel(logging.ERROR)
        config = self._server.config
        config.load()
        self._server.lifespan = config.lifespan_class(config)
        await self._server.startup(sockets=[self._socket])

    async def stop(self) -> None:
        """Take no more requests; those under way get a second."""
        if self._server.started:
            await self._server.shutdown(sockets=[self._socket])
        self._socket.close()
        await self._renderer.close()


class _Patient(H11Protocol):
    """Gives up connections that ask nothing, or take for ever to ask, and those beyond a number.

    Another user of this computer could hold all of the daemon's files otherwise.
    """

    _look: asyncio.TimerHandle | None = None
    _seen: object = None  # The cycle at the last look; a connection begins with none.

    def connection_made(self, transport: Any) -> None:
        """Take a connection."""
        super().connection_made(transport)
        if len(self.connections) > _MOST_CONNECTIONS:
            transport.abort()
        else:
            self._look = self.loop.call_later(_LOOK_SECONDS, self._look_again)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of one."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def _look_again(self) -> None:
        asks_nothing = self.cycle is None or self.cycle.response_complete
        if asks_nothing and self.cycle is self._seen:
            self.transport.close()
            return
        self._seen = self.cycle
        self._look = self.loop.call_later(_LOOK_SECONDS, self._look_again)
