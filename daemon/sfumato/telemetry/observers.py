"""Whom the daemon's moments are told to, as its settings say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from sfumato.jobs.moments import Moment, Observe
from sfumato.listen import Listen
from sfumato.service.state import CannotServe
from sfumato.settings import Settings
from sfumato.telemetry.words import log_moment

if TYPE_CHECKING:
    from sfumato.jobs.load import Load
    from sfumato.telemetry.traces import Traces

_EXPORT_SECONDS = 2


class Observers:
    """The log always; metrics and traces where the settings ask for them."""

    def __init__(self, settings: Settings) -> None:
        self._tell: list[Observe] = [log_moment]
        self._where = settings.metrics_address
        self._traces = settings.traces
        self.metrics_at: Listen | None = None

    def __call__(self, moment: Moment) -> None:
        """Tell all of them."""
        for tell in self._tell:
            tell(moment)

    @asynccontextmanager
    async def serving(self, read: Callable[[], Load]) -> AsyncIterator[None]:
        """Count and export while the daemon serves; ``CannotServe`` if that cannot be."""
        async with AsyncExitStack() as stack:
            if self._where is not None:
                # The daemon that is not asked for metrics does without the library.
                from sfumato.telemetry.metrics import Metrics
                from sfumato.telemetry.scraping import scraped

                metrics = Metrics()
                serving = scraped(metrics, self._where, read)
                self.metrics_at = await stack.enter_async_context(serving)
                self._tell.append(metrics)
            if self._traces:
                traces = _traces(self._traces)
                stack.push_async_callback(asyncio.to_thread, traces.close)
                self._tell.append(traces)
            yield


def _traces(collector: str) -> Traces:
    try:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        from sfumato.telemetry.traces import Traces
    except ImportError as error:
        raise CannotServe(
            "Traces need the OpenTelemetry libraries, which are not installed. Install them with "
            '`pip install "sfumato[otel]"`, or leave out --traces.'
        ) from error
    # The patience of one export, and so of the daemon's end when the collector is gone.
    return Traces(OTLPSpanExporter(endpoint=collector, timeout=_EXPORT_SECONDS))
