"""Telling all who wait where they stand, however many, without doing little else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

_SHARE = 0.1
"""Telling takes no more than this of the time, so that it leaves the rest for the edits."""
_AHEAD = 0.5
"""Seconds of which the share may be used at once: with few who wait nothing is ever put off."""


class Throttle:
    """When something may be done again that takes its share of the time and no more."""

    def __init__(self) -> None:
        self._used_until = 0.0

    @property
    def due(self) -> float:
        """The clock's seconds from which on it may be done."""
        return self._used_until - _AHEAD

    def took(self, seconds: float, now: float) -> None:
        """It was done just now, and took so long."""
        self._used_until = max(self._used_until, now) + seconds / _SHARE


class Telling:
    """Has ``tell`` called after what happens: at once, or when it is due, once for all of that."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self._throttle = Throttle()
        self._timer: asyncio.TimerHandle | None = None

    def soon(self) -> None:
        """Something has happened."""
        loop = asyncio.get_running_loop()
        if self._timer is None and loop.time() < self._throttle.due:
            self._timer = loop.call_at(self._throttle.due, self._now)
        elif self._timer is None:
            self._now()

    def close(self) -> None:
        """Tell nothing any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _now(self) -> None:
        self._timer = None
        began = time.thread_time()
        self._tell()
        self._throttle.took(time.thread_time() - began, asyncio.get_running_loop().time())
