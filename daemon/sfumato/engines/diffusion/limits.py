"""How many pictures fit into memory together, where that was found out. Plain Python: no torch."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

TRIED_AGAIN = 256
"""After so many uses of a limit twice as many are tried: other programs come and go."""


@dataclass(slots=True)
class _Limit:
    largest: int
    uses: int = 0


class Limits:
    """Limits by key, each lowered where memory was short and raised again step by step."""

    def __init__(self, tried_again: int = TRIED_AGAIN) -> None:
        self._tried_again = tried_again
        self._limits: dict[Hashable, _Limit] = {}

    def most(self, key: Hashable, otherwise: int) -> int:
        """How many may be together now: ``otherwise`` where no less is known to fit."""
        limit = self._limits.get(key)
        if limit is None:
            return otherwise
        limit.uses += 1
        if limit.uses >= self._tried_again:
            limit.largest, limit.uses = 2 * limit.largest, 0
        if limit.largest >= otherwise:
            del self._limits[key]
        return min(limit.largest, otherwise)

    def halve(self, key: Hashable, count: int) -> bool:
        """So many did not fit: half as many from now on; False if it is but one."""
        if count > 1:
            self._limits[key] = _Limit(count // 2)
        return count > 1
