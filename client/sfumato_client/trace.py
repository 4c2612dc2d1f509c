"""Which trace an edit belongs to: W3C trace context (https://www.w3.org/TR/trace-context/).

Whoever watches over a studio's daemon sees an edit under the id that its client made when the
artist asked for it.
"""

from __future__ import annotations

import os
import re
import secrets

_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def new_trace() -> str:
    """A ``traceparent`` of a new trace: version, 16 bytes of trace, 8 of span, sampled."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def trace_id(traceparent: str) -> str:
    """The 32 digits that name the trace."""
    return traceparent.split("-")[1]


def surrounding_trace() -> str:
    """The ``traceparent`` that whoever started this process gave it; empty without a valid one.

    https://opentelemetry.io/docs/specs/otel/context/env-carriers/
    """
    given = os.environ.get("TRACEPARENT", "")
    return given if _TRACEPARENT.fullmatch(given) else ""
