"""How long to wait: for an answer, in silence, between attempts, and in all."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Times of a session in seconds.

    ``answer`` is the deadline of short calls. A job's stream that is silent for ``silence`` seconds
    makes the client ask whether the daemon still answers. A lost job is taken up again after
    ``first * 2**n`` seconds for the n-th attempt, at most ``longest``, each times a random factor
    of 0.5 to 1, as many editors that lost one daemon should not come back all at once; after
    ``in_all`` seconds without any answer the client gives up.
    """

    answer: float = 10.0
    silence: float = 20.0
    first: float = 0.2
    longest: float = 5.0
    in_all: float = 90.0

    def delay(self, attempt: int) -> float:
        """The wait before the given attempt, counted from 0."""
        return min(self.longest, self.first * 2.0 ** min(attempt, 16)) * random.uniform(0.5, 1.0)
