"""Which of the running requests share the next forward pass. Plain Python: no torch."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from typing import Protocol, TypeVar

from sfumato.engines.diffusion.limits import Limits

# A larger batch must save this much of each request's time, or it is not worth its delay.
WORTHWHILE = 0.97
# A short edit is not slowed by more than this through much longer ones ...
PATIENCE = 1.25
# ... where much longer means so many times as many steps in all.
MUCH_LONGER = 8
# Steps of one size that are measured before it is judged; the first one still warms up.
ENOUGH = 3
# After so many steps a size is measured again, each in its turn: other programs come and go.
TRIED_AGAIN = 64
# Where a batch costs each request so much more than a smaller one, still larger ones are not tried.
HOPELESS = 1.2


class Runnable(Protocol):
    """What the batcher looks at in a request."""

    @property
    def key(self) -> Hashable:
        """Equal for requests that can share a pass."""

    @property
    def remaining(self) -> int:
        """Steps to go."""

    @property
    def length(self) -> int:
        """Steps from beginning to end."""


Request = TypeVar("Request", bound=Runnable)


def doublings(most: int) -> list[int]:
    """1, 2, 4 and so on, and ``most`` itself."""
    return [*(1 << power for power in range(most.bit_length()) if 1 << power < most), most]


class StepTimes:
    """How long steps of each batch size took lately, per key."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[Hashable, int], deque[float]] = defaultdict(
            lambda: deque(maxlen=8)
        )

    def record(self, key: Hashable, size: int, seconds: float) -> None:
        """A step of ``size`` requests took this long."""
        self._seconds[key, size].append(seconds)

    def known(self, key: Hashable, size: int) -> bool:
        """Whether this size was measured often enough to be judged."""
        return len(self._seconds[key, size]) >= ENOUGH

    def step(self, key: Hashable, size: int) -> float:
        """Seconds of a step of this size; the least, as other programs only ever add to it."""
        return min(self._seconds[key, size])

    def each(self, key: Hashable, size: int) -> float:
        """Seconds of such a step for each request in it."""
        return self.step(key, size) / size


class Batcher:
    """Chooses a batch for every step.

    The request that is due first leads. It is due after twice its own steps: so one with few steps
    goes before one with many, but a long one does not wait much longer than it takes. Requests of
    the leader's key that are due next join it, as many as measured step times say is worth it.
    """

    def __init__(self, times: StepTimes, largest: int = 16) -> None:
        self._times = times
        self._largest = largest
        self._limits = Limits()
        # When each request should have ended, counted in steps of the engine.
        self._due: dict[Runnable, int] = {}
        self._clock = 0

    def choose(self, running: Sequence[Request]) -> list[Request]:
        """The requests of the next step: not empty unless ``running`` is, all of one key."""
        if not running:
            return []
        self._follow(running)
        ordered = sorted(running, key=lambda request: self._due[request])
        leader = ordered[0]
        sharing = [request for request in ordered if request.key == leader.key]
        batch = sharing[: self._size(leader, sharing)]
        self._clock += 1
        return batch

    def limit(self, batch: Sequence[Runnable]) -> bool:
        """These did not fit into memory: fewer for a while; False if it is but one."""
        return self._limits.halve(batch[0].key, len(batch))

    def _follow(self, running: Sequence[Runnable]) -> None:
        """Note when newcomers are due, and forget who left."""
        self._due = {
            request: self._due.get(request, self._clock + 2 * request.remaining)
            for request in running
        }

    def _size(self, leader: Runnable, sharing: Sequence[Runnable]) -> int:
        sizes = doublings(min(len(sharing), self._limits.most(leader.key, self._largest)))
        size = self._promising(leader.key, sizes)
        if self._clock % TRIED_AGAIN == 0:
            size = sizes[self._clock // TRIED_AGAIN % len(sizes)]
        return self._unhurried(leader, sharing[:size])

    def _promising(self, key: Hashable, sizes: Sequence[int]) -> int:
        """The size to be measured next, or the smallest that is about as good as the best."""
        best = float("inf")
        for size in sizes:
            if not self._times.known(key, size):
                return size
            best = min(best, self._times.each(key, size))
            if self._times.each(key, size) > HOPELESS * best:
                break
        known = (size for size in sizes if self._times.known(key, size))
        return next(size for size in known if self._times.each(key, size) * WORTHWHILE <= best)

    def _unhurried(self, leader: Runnable, batch: Sequence[Runnable]) -> int:
        """Leave out companions for whom a leader with far fewer steps would be slowed."""
        key, size = leader.key, len(batch)
        longest = max(request.length for request in batch)
        if longest < MUCH_LONGER * leader.length or not self._times.known(key, 1):
            return size
        bearable = PATIENCE * self._times.step(key, 1)
        while size > 1:
            if self._times.known(key, size) and self._times.step(key, size) <= bearable:
                break
            size //= 2
        return size
