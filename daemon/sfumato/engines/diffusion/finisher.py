"""Decoded pictures made ready for the document, in threads beside the step loop.

Matching a picture to its surroundings takes the processor about as long as a fast GPU takes for
all of its steps. So the device goes on with others meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from sfumato.engines.diffusion.painting import Decoded, Painting
from sfumato.imaging.depth import Colour

THREADS = 4


class Finisher:
    """Paintings that are being finished."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="finish")
        self._doing: dict[Painting, Future[Colour]] = {}

    def __contains__(self, painting: object) -> bool:
        """Whether it was begun, and not taken yet."""
        return painting in self._doing

    def begin(self, painting: Painting, decoded: Decoded) -> None:
        """Begin to finish a painting from its decoded picture."""
        self._doing[painting] = self._threads.submit(lambda: painting.finished(decoded()))

    def ready(self, painting: Painting) -> bool:
        """Whether ``take`` would not wait."""
        return painting in self._doing and self._doing[painting].done()

    def take(self, painting: Painting) -> Colour:
        """The finished picture."""
        return self._doing.pop(painting).result()

    def forget(self, paintings: Iterable[Painting]) -> None:
        """Nobody wants these any more."""
        for painting in paintings:
            if doing := self._doing.pop(painting, None):
                doing.cancel()

    def wait(self, seconds: float) -> None:
        """Let paintings be finished; returns earlier if one is ready, or none was begun."""
        wait(self._doing.values(), seconds, FIRST_COMPLETED)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)
