"""How long an edit takes its artist, from the click to the layer, by the client's own clock."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from sfumato_client.wire.inpainting_pb2 import ReportInsertionRequest


@dataclass(eq=False)
class Stopwatch:
    """An edit's moments at its client, in seconds of ``time.monotonic``; made at the click.

    ``sent`` is 0 until the first byte is sent, and stays so for an edit that is part of somebody
    else's trace.
    """

    asked: float = field(default_factory=time.monotonic)
    sent: float = 0.0
    reported: bool = False

    def report(self, job_id: str, began: float) -> ReportInsertionRequest | None:
        """Return what to tell the daemon now that a layer is there, whose making ``began`` then.

        None where there is nothing to tell, or it was told before.
        """
        if self.reported or not self.sent:
            return None
        self.reported = True
        now = time.monotonic()
        return ReportInsertionRequest(
            job_id=job_id,
            asked_seconds=now - self.asked,
            sent_seconds=now - self.sent,
            inserting_seconds=now - began,
        )
