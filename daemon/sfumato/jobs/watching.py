"""The queue as those who watch it see it: now, and after each change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress

from sfumato.jobs.snapshot import Snapshot

_SNAPSHOT_SECONDS = 0.1
_LOOK_SECONDS = 1.0
"""How long devices may become idle or full before those who watch see it."""


class Watching:
    """Wakes those who watch whenever something has changed. Belongs to the event loop."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._closed = False

    def notify(self) -> None:
        """Something has changed."""
        self._changed.set()
        self._changed = asyncio.Event()

    def close(self) -> None:
        """Let everybody go."""
        self._closed = True
        self.notify()

    async def until(self, true: Callable[[], bool]) -> None:
        """Return once that is true, or everybody is let go."""
        while not (self._closed or true()):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), _LOOK_SECONDS)

    async def each(self, see: Callable[[], Snapshot]) -> AsyncGenerator[Snapshot]:
        """What ``see`` sees now and after changes, until ``close``."""
        last = None
        while not self._closed:
            changed = self._changed
            now = see()
            if now != last:
                yield now
            last = now
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), _LOOK_SECONDS)
            # Many changes come at once, and nobody reads faster.
            await asyncio.sleep(_SNAPSHOT_SECONDS)
