"""Work in an engine host's hands, and the way of its reports to who gave it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from sfumato.engines.messages import Ending, WorkReport
from sfumato.engines.patience import HostLost
from sfumato.engines.work import Work


@dataclass(eq=False, slots=True)
class Assignment:
    """One work at one host, up to its end there.

    ``holding`` is True from the asking on, ``held`` when the host has answered.
    """

    work: Work
    cancelled: bool = False
    holding: bool = False
    held: bool = False
    ended: bool = False
    _reports: asyncio.Queue[WorkReport | HostLost] = field(default_factory=asyncio.Queue)

    def tell(self, report: WorkReport | HostLost) -> None:
        """Pass on what the host says, or that it is gone; after the end nothing more."""
        if not self.ended:
            self.ended = isinstance(report, Ending | HostLost)
            self._reports.put_nowait(report)

    async def next_report(self) -> WorkReport | None:
        """What the host says next; None after the ``Ending``. Raises ``HostLost``."""
        if self.ended and self._reports.empty():
            return None
        report = await self._reports.get()
        if isinstance(report, HostLost):
            raise report
        return report
