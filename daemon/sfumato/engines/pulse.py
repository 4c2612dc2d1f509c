"""The pulse of an engine host's process, counted in its heartbeats.

Beats, not clocks: after a suspended laptop wakes up, nobody is to blame for the gap.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Pulse:
    """Beats in a row in which nothing was heard, and beats without work."""

    silent: int = 0
    idle: int = 0

    def heard(self) -> None:
        """The process has said something."""
        self.silent = 0

    def beat(self, working: bool) -> None:
        """The time of a beat is over, in which there was work, or none."""
        self.silent += 1
        self.idle = 0 if working else self.idle + 1
