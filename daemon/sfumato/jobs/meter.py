"""Whose time an engine spends: shared by the jobs it works on, but loading is one job's."""

from __future__ import annotations

from collections.abc import Callable


class Meter:
    """The time of one engine. ``charge(job_id, seconds)`` is called with all of it that is used.

    Its jobs share it evenly. While a job loads its model, which keeps everybody waiting, all of it
    is that job's.
    """

    def __init__(self, charge: Callable[[str, float], None]) -> None:
        self._charge = charge
        self._loading: dict[str, bool] = {}
        self._read_at = 0.0

    def begin(self, job_id: str, now: float) -> None:
        """The engine takes up a job."""
        self.read(now)
        self._loading[job_id] = False

    def loading(self, job_id: str, loading: bool, now: float) -> None:
        """Whether the job's model is being loaded from now on."""
        if self._loading[job_id] is not loading:
            self.read(now)
            self._loading[job_id] = loading

    def end(self, job_id: str, now: float) -> None:
        """The engine has done with a job."""
        self.read(now)
        del self._loading[job_id]

    def unread(self, now: float) -> float:
        """The seconds since the last reading."""
        return now - self._read_at

    def read(self, now: float) -> None:
        """Charge what was used since the last reading."""
        seconds, self._read_at = now - self._read_at, now
        paying = [job_id for job_id, loading in self._loading.items() if loading]
        paying = paying or list(self._loading)
        for job_id in paying:
            self._charge(job_id, seconds / len(paying))
