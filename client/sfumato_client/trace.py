"""Which trace an edit belongs to: W3C trace context (https://www.w3.org/TR/trace-context/).

Whoever watches over a studio's daemon sees an edit under the id that its client made when the
artist asked for it.
"""

from __future__ import annotations

import secrets


def new_trace() -> str:
    """A ``traceparent`` of a new trace: version, 16 bytes of trace, 8 of span, sampled."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def trace_id(traceparent: str) -> str:
    """The 32 digits that name the trace."""
    return traceparent.split("-")[1]
