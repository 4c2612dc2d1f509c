"""What stands behind the page."""

from __future__ import annotations

from dataclasses import dataclass

from sfumato.jobs.jobs import Jobs
from sfumato.service.auth import Tokens
from sfumato.service.gate import Gate
from sfumato.service.servicer import Servicer


@dataclass(frozen=True)
class Behind:
    """What the page shows: the parts of the gRPC service, which it shares."""

    servicer: Servicer
    jobs: Jobs
    tokens: Tokens
    gate: Gate
