"""An OpenTelemetry collector that keeps what it is told."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.daemon import GUARD


@dataclass
class Collector(TraceServiceServicer):
    """The spans that came, and where to send them."""

    url: str = ""
    spans: list[Span] = field(default_factory=list)
    came: Condition = field(default_factory=Condition)

    def Export(  # noqa: N802 (the wire's name)
        self, request: ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> ExportTraceServiceResponse:
        """Keep the spans."""
        with self.came:
            for resource in request.resource_spans:
                for scope in resource.scope_spans:
                    self.spans.extend(scope.spans)
            self.came.notify_all()
        return ExportTraceServiceResponse()

    def wait_for(self, name: str) -> None:
        """Return when a span of this name has come."""
        with self.came:
            assert self.came.wait_for(lambda: name in {span.name for span in self.spans}, GUARD)


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a free port of this computer."""
    collector = Collector()
    with ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool)
        add_TraceServiceServicer_to_server(collector, server)
        collector.url = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        try:
            yield collector
        finally:
            server.stop(0).wait()


def attributes(span: Span) -> dict[str, object]:
    """A span's attributes by name."""
    return {
        pair.key: getattr(pair.value, str(pair.value.WhichOneof("value")))
        for pair in span.attributes
    }
