"""The moments as OpenTelemetry traces: an edit is a span of its client's trace, and has stages.

The client makes the trace's id when the artist asks, and sends it with the edit. ``edit`` begins
with the edit's first byte and ends when its owner has been sent everything; below it are
``receive``, ``queue``, ``work`` and ``send``. A client that reports its layer has the root too:
``click``, from the artist's click to the layer, with ``export`` before ``edit`` and ``insert``
after it. It has no OpenTelemetry of its own, so these spans are made here, under the id that it
gave the root. All times are those of the moments, so a span cannot differ from the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    Span,
    SpanKind,
    Status,
    StatusCode,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

import sfumato
from sfumato.jobs.job import JobState
from sfumato.jobs.moments import (
    About,
    Accepted,
    Begun,
    Composed,
    Delivered,
    Ended,
    Inserted,
    Moment,
    Noticed,
    Sent,
)

Attributes = Mapping[str, str | int | float | bool]

_UNFETCHED = 60.0
"""Seconds after a job's end until its span is closed although nobody has fetched the result."""


@dataclass(slots=True)
class _Edit:
    """A job's open spans. ``ended`` is when it was over, 0 before."""

    span: Span
    work: Span | None = None
    ended: float = 0.0


class Traces:
    """Makes spans of moments and gives them to ``exporter``, in a thread of its own."""

    def __init__(self, exporter: SpanExporter) -> None:
        resource = Resource.create(
            {"service.name": "sfumato", "service.version": sfumato.__version__}
        )
        self._provider = TracerProvider(resource=resource)
        self._processor = BatchSpanProcessor(exporter)
        self._provider.add_span_processor(self._processor)
        self._tracer = self._provider.get_tracer("sfumato", sfumato.__version__)
        self._scope = InstrumentationScope("sfumato", sfumato.__version__)
        self._edits: dict[str, _Edit] = {}

    def close(self) -> None:
        """End what is open and export it. Takes as long as the exporter."""
        for job in list(self._edits):
            self._close(job)
        self._provider.shutdown()

    def __call__(self, moment: Moment) -> None:
        """Draw a moment into its job's trace."""
        match moment:
            case Accepted(about, received, seconds):
                self._sweep(moment.at)
                edit = self._edit(about, moment.at - seconds)
                times = moment.at - seconds, moment.at
                self._stage(edit, "receive", *times, {"sfumato.bytes": received})
            case Begun(about, waited):
                since = moment.at - waited
                edit = self._edit(about, since)
                self._end_work(edit, since)
                self._stage(edit, "queue", since, moment.at, {})
                edit.work = self._begin(edit.span, "work", moment.at, {})
            case Composed(about, variation):
                self._note(about, "composed", {"sfumato.variation": variation}, moment.at)
            case Noticed(about, code):
                self._note(about, "noticed", {"sfumato.code": code}, moment.at)
            case Ended():
                self._ended(moment)
            case Sent():
                self._sent(moment)
            case Delivered(about):
                if about.job in self._edits:
                    self._close(about.job, moment.at)
            case Inserted():
                self._inserted(moment)
            case _:
                pass

    def _edit(self, about: About, at: float) -> _Edit:
        """The job's spans, which begin now if there are none: a restarted daemon goes on."""
        if about.job not in self._edits:
            attributes = {
                "sfumato.job": about.job,
                "sfumato.engine": about.engine,
                "sfumato.model": about.model,
                "sfumato.class": about.priority.name.lower(),
            }
            span = self._tracer.start_span(
                "edit", _of_client(about), SpanKind.SERVER, attributes, start_time=_nanos(at)
            )
            self._edits[about.job] = _Edit(span)
        return self._edits[about.job]

    def _begin(self, above: Span, name: str, at: float, attributes: Attributes) -> Span:
        return self._tracer.start_span(
            name, set_span_in_context(above), attributes=attributes, start_time=_nanos(at)
        )

    def _stage(
        self, edit: _Edit, name: str, since: float, until: float, attributes: Attributes
    ) -> None:
        self._begin(edit.span, name, since, attributes).end(_nanos(until))

    def _note(self, about: About, name: str, attributes: Attributes, at: float) -> None:
        edit = self._edits.get(about.job)
        if edit is not None:
            (edit.work or edit.span).add_event(name, attributes, _nanos(at))

    def _end_work(self, edit: _Edit, at: float) -> None:
        if edit.work is not None:
            edit.work.end(_nanos(at))
            edit.work = None

    def _ended(self, ended: Ended) -> None:
        edit = self._edit(ended.about, ended.at)
        times = {
            f"sfumato.{stage}_seconds": seconds for stage, seconds in asdict(ended.timings).items()
        }
        edit.span.set_attributes(
            {"sfumato.outcome": str(ended.state), "sfumato.steps": ended.steps, **times}
        )
        if ended.state is JobState.FAILED:
            edit.span.set_status(Status(StatusCode.ERROR, ended.code))
        self._end_work(edit, ended.at)
        edit.ended = ended.at
        if ended.state is JobState.CANCELLED:
            self._close(ended.about.job)

    def _sent(self, sent: Sent) -> None:
        edit = self._edits.get(sent.about.job)
        above = set_span_in_context(edit.span) if edit else _of_client(sent.about)
        span = self._tracer.start_span(
            "send",
            above,
            attributes={
                "sfumato.job": sent.about.job,
                "sfumato.variation": sent.variation,
                "sfumato.bytes": sent.size,
                "sfumato.whole": sent.whole,
            },
            start_time=_nanos(sent.at - sent.seconds),
        )
        span.end(_nanos(sent.at))

    def _inserted(self, inserted: Inserted) -> None:
        """Draw what the client did, from its click on; without a trace of its own there is none."""
        above = _of_client(inserted.about)
        root = get_current_span(above).get_span_context()
        if not root.is_valid:
            return
        click, sent, inserting = (
            inserted.at - ago for ago in (inserted.asked, inserted.sent, inserted.inserting)
        )
        for name, since, until in (("export", click, sent), ("insert", inserting, inserted.at)):
            span = self._tracer.start_span(name, above, start_time=_nanos(since))
            span.end(_nanos(until))
        # No tracer begins a span under a given id.
        self._processor.on_end(
            ReadableSpan(
                "click",
                root,
                resource=self._provider.resource,
                attributes={"sfumato.job": inserted.about.job},
                kind=SpanKind.CLIENT,
                instrumentation_scope=self._scope,
                start_time=_nanos(click),
                end_time=_nanos(inserted.at),
            )
        )

    def _close(self, job: str, at: float = 0.0) -> None:
        edit = self._edits.pop(job)
        end = at or edit.ended or None
        if edit.work is not None:
            edit.work.end()
        edit.span.end(None if end is None else _nanos(end))

    def _sweep(self, now: float) -> None:
        """Close the spans of jobs that ended long ago, and whose results wait for their owners."""
        for job, edit in list(self._edits.items()):
            if edit.ended and now - edit.ended > _UNFETCHED:
                self._close(job)


def _of_client(about: About) -> Context:
    """The client's place in its trace; a trace of its own for a client that has none."""
    return TraceContextTextMapPropagator().extract({"traceparent": about.trace}, Context())


def _nanos(at: float) -> int:
    return round(at * 1e9)
