"""How busy a host has been lately, from the steps that it told of."""

from __future__ import annotations

from collections import deque

from sfumato.engines.messages import Turned

WINDOW = 10.0
"""Seconds that count as lately."""


class Turns:
    """The last steps of one host. ``now`` is any clock's seconds that do not run backwards."""

    def __init__(self) -> None:
        self._steps: deque[tuple[float, float]] = deque()
        self.batch = 0
        """How many jobs shared the last step."""

    def took(self, turned: Turned, now: float) -> None:
        """A step has just ended."""
        self.batch = turned.batch
        self._steps.append((now - turned.seconds, now))
        self._forget(now)

    def share(self, under_way: float, now: float) -> float:
        """How much of the last ``WINDOW`` went into steps, 0 to 1.

        One has been ``under_way`` for so many seconds; 0 if none is.
        """
        self._forget(now)
        spent = sum(end - max(begin, now - WINDOW) for begin, end in self._steps)
        return min(1.0, (spent + min(under_way, WINDOW)) / WINDOW)

    def _forget(self, now: float) -> None:
        while self._steps and self._steps[0][1] <= now - WINDOW:
            self._steps.popleft()
