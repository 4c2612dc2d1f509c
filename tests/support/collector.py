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


def seconds(span: Span) -> float:
    """How long a span took."""
    return (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9


def from_click_to_layer(collector: Collector) -> dict[str, Span]:
    """The spans of a client's one edit by name, once they were looked through.

    They are one trace whose root is the click; what is below it lies within it, in order.
    """
    spans = {span.name: span for span in collector.spans}
    assert sorted(span.name for span in collector.spans) == sorted(
        ["click", "export", "edit", "receive", "queue", "work", "send", "insert"]
    )
    click, edit = spans["click"], spans["edit"]
    assert not click.parent_span_id
    assert len({span.trace_id for span in spans.values()}) == 1
    assert {spans[name].parent_span_id for name in ("export", "edit", "insert")} == {click.span_id}
    for name in ("receive", "queue", "work", "send"):
        assert spans[name].parent_span_id == edit.span_id
    starts = [
        spans[name].start_time_unix_nano
        for name in ("click", "export", "receive", "queue", "work", "send", "insert")
    ]
    assert starts == sorted(starts)
    assert spans["export"].end_time_unix_nano <= spans["receive"].end_time_unix_nano
    assert click.end_time_unix_nano == spans["insert"].end_time_unix_nano
    return spans
