"""The moments as lines of the log: a few words with fields."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import Any

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
    Refused,
    Sent,
    Stepped,
)

log = logging.getLogger("sfumato.jobs")

_DIGITS = 3
"""Of seconds in the log: milliseconds."""


def log_moment(moment: Moment) -> None:
    """Write a moment down; single steps, and refusals by the thousand, only for debugging."""
    match moment:
        case Accepted(about, received, seconds):
            trace = {"trace": about.trace} if about.trace else {}
            _write(
                "accepted", about, received=received, seconds=seconds, owner=about.owner, **trace
            )
        case Begun(about, waited):
            _write("started", about, waited=waited)
        case Stepped(engine, device, batch, seconds):
            fields = {"engine": engine, "device": device, "batch": batch, "seconds": seconds}
            log.debug("stepped", extra=_rounded(fields))
        case Composed(about, variation):
            _write("composed", about, variation=variation)
        case Noticed(about, code):
            _write("noticed", about, code=code)
        case Ended(about, state, code, steps, timings):
            said = {"code": code} if code else {}
            times = {f"{stage}_seconds": seconds for stage, seconds in asdict(timings).items()}
            _write(str(state), about, **said, steps=steps, **times)
        case Sent(about, variation, size, seconds, whole):
            event = "sent" if whole else "sent in part"
            _write(event, about, variation=variation, sent=size, seconds=seconds)
        case Delivered(about):
            _write("delivered", about)
        case Inserted(about, asked, sent, inserting):
            _write("inserted", about, asked=asked, sent=sent, inserting=inserting)
        case Refused(method, reason, peer, loud):
            fields = {"method": method, "reason": reason, "peer": peer}
            log.log(logging.INFO if loud else logging.DEBUG, "refused", extra=fields)


def _write(event: str, about: About, **fields: Any) -> None:
    whose = {
        "job": about.job,
        "engine": about.engine,
        "model": about.model,
        "class": about.priority.name.lower(),
    }
    log.info(event, extra=_rounded({**whose, **fields}))


def _rounded(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: round(value, _DIGITS) if isinstance(value, float) else value
        for name, value in fields.items()
    }
