"""How long an engine host may take, and what is said of one that has died."""

from __future__ import annotations

from dataclasses import dataclass


class HostLost(Exception):
    """The host died under the work, which can be tried again; the text says how it died."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a host may take for what, in seconds.

    ``silence`` is time without a heartbeat: a stopped process, or a library that never lets go of
    the interpreter. It is generous because loading a large library looks just the same. ``step``
    bounds one engine step; the longest is reading a model from a slow disk. ``cancel`` is what an
    engine gets to stop by itself before a cancel takes effect without it.
    """

    heartbeat: float = 0.5
    silence: float = 30.0
    step: float = 1800.0
    cancel: float = 0.05
    leave: float = 2.0
