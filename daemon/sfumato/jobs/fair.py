"""Fair shares: how much engine time each owner has had lately. Plain numbers and no clock.

``now`` is any clock's seconds that do not run backwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """What the scheduler promises, in seconds.

    Engine time counts half after ``half_life``. Whoever comes with new jobs is at most ``credit``
    ahead of the least-served active owner, which is what a pause between two edits saves up, and at
    most ``debt`` behind. Half of what an owner has waiting counts as if it had it already, up to
    ``foresight`` and until all of it has started, so that who asks for little does not wait for who
    asks for much. A line of jobs
    counts as one class more urgent for every ``ageing`` that jobs of more urgent classes have run
    since one of its own started. A loaded model goes on with the jobs that wait for it until
    ``dwell`` after its loading, before the order decides again. Loading a model is thought to take
    ``load`` until it was measured.
    """

    half_life: float = 600.0
    credit: float = 30.0
    debt: float = 120.0
    foresight: float = 60.0
    ageing: float = 300.0
    dwell: float = 20.0
    load: float = 10.0


class Ledger:
    """Each owner's engine time, exponentially decayed."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._spent: dict[str, tuple[float, float]] = {}

    def spent(self, owner: str, now: float) -> float:
        """Seconds the owner has had lately."""
        seconds, at = self._spent.get(owner, (0.0, now))
        return float(seconds * 0.5 ** ((now - at) / self._policy.half_life))

    def charge(self, owner: str, seconds: float, now: float) -> None:
        """The owner has had these seconds."""
        self._spent[owner] = self.spent(owner, now) + seconds, now

    def join(self, owner: str, active: Iterable[str], now: float) -> None:
        """The owner begins to compete with the ``active`` ones, the owner not among them.

        Long idling has saved up no credit, and what was used while nobody else wanted it costs only
        a bounded wait.
        """
        levels = [self.spent(other, now) for other in active]
        if levels:
            least = min(levels)
            level = max(self.spent(owner, now), least - self._policy.credit)
            level = min(level, least + self._policy.debt)
            self._spent[owner] = level, now


def aged(priority: int, overtaken: float, policy: Policy) -> int:
    """The class of a line's first job after more urgent ones ran for ``overtaken`` seconds."""
    return max(0, priority - int(overtaken / policy.ageing))


def counted(demand: float, policy: Policy) -> float:
    """How much of what an owner waits for counts as if it had it already, in seconds."""
    return min(policy.foresight, demand / 2)
