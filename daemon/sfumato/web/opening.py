"""The page while the daemon serves, if it is wanted. Loads its libraries only then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sfumato.service.state import CannotServe
from sfumato.settings import Web
from sfumato.web.behind import Behind


@asynccontextmanager
async def page_at(wanted: Web, behind: Behind) -> AsyncIterator[str]:
    """Serve the page; its address, empty if none is wanted. ``CannotServe`` if it cannot be had."""
    if wanted.port is None:
        yield ""
        return
    try:
        from sfumato.web.server import WebServer
    except ImportError as error:
        raise CannotServe(
            f"The page (--web) needs a library that is not installed ({error.name}): "
            "pip install 'sfumato[web]'"
        ) from error
    server = WebServer(wanted.port, wanted.hosts, behind)
    await server.start()
    try:
        yield server.address
    finally:
        await server.stop()
