"""``/metrics`` over HTTP, for Prometheus: in a thread of its own, so that nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sfumato.listen import Listen
from sfumato.service.state import CannotServe

if TYPE_CHECKING:
    from sfumato.jobs.load import Load
    from sfumato.telemetry.metrics import Metrics

_PATIENCE = 10.0
"""Seconds until a daemon whose event loop does not answer is said to be stuck."""


@asynccontextmanager
async def scraped(
    metrics: Metrics, where: Listen, read: Callable[[], Load]
) -> AsyncIterator[Listen]:
    """Serve ``metrics``, and what ``read`` says when asked, at ``where``; gives the real address.

    ``read`` is called on the running event loop. ``CannotServe`` if the address cannot be had.
    """
    from prometheus_client import disable_created_metrics, start_http_server

    from sfumato.telemetry.metrics import Reading

    disable_created_metrics()  # type: ignore[no-untyped-call]
    loop = asyncio.get_running_loop()

    async def reading() -> Load:
        return read()

    def on_the_loop() -> Load:
        return asyncio.run_coroutine_threadsafe(reading(), loop).result(_PATIENCE)

    metrics.registry.register(Reading(on_the_loop))
    try:
        server, thread = start_http_server(where.port, where.host, metrics.registry)
    except OSError as error:
        raise CannotServe(
            f"Cannot serve metrics on {where}: {error.strerror or error}. Choose another port "
            "with --metrics."
        ) from error
    try:
        yield where._replace(port=server.server_port)
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        thread.join()
