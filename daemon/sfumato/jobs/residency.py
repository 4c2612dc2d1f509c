"""Which model an engine host has at hand, and when it may change to another. No clock.

Nobody says beforehand whether two models fit side by side. It is learned: what had to be loaded
once more did not fit beside the others.
"""

from __future__ import annotations

from sfumato.jobs.fair import Policy

_WORTH = 2.0
"""A model stays at least so many times as long as it took to load, up to the policy's dwell."""


class Residency:
    """The models of one host.

    ``model`` is the present one; until ``until`` it stays for the jobs that wait for it. Those of
    ``fitting`` have been seen to stay loaded beside others.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._loads: dict[str, float] = {}
        self._switched: set[str] = set()
        self._here: set[str] = set()
        self.model: str | None = None
        self.until = 0.0
        self.fitting: frozenset[str] = frozenset()
        self._since = 0.0

    def displaces(self, model: str) -> bool:
        """Whether a job of this model makes the present one leave, as far as is known."""
        return self.model is not None and model != self.model and not self.fits(model)

    def fits(self, model: str) -> bool:
        """Whether this model has been seen to stay loaded beside others."""
        return model in self.fitting

    def seconds_to_load(self, model: str) -> float:
        """What it takes until the model is at hand, as far as is known."""
        if model == self.model or (model in self._here and self.fits(model)):
            return 0.0
        return self._loads.get(model) or self._policy.load

    @property
    def at_hand(self) -> tuple[str, ...]:
        """The models that are loaded, as far as is known."""
        here = (model for model in sorted(self._here) if model == self.model or self.fits(model))
        return tuple(model for model in here if model)

    def dwell(self, model: str | None) -> float:
        """Seconds that a model stays for the jobs that wait for it."""
        load = self._loads.get(model or "")
        return self._policy.dwell if load is None else min(self._policy.dwell, _WORTH * load)

    def started(self, job_id: str, model: str, now: float) -> None:
        """A job has started."""
        self._here.add(model)
        if self.displaces(model):
            self._switched.add(job_id)
        elif self.model is not None:
            return
        self.model, self._since = model, now
        self.until = now + self.dwell(model)

    def emptied(self) -> None:
        """The host's process is gone, and with it what it had loaded."""
        self._here.clear()
        self._switched.clear()
        self.model = None

    def ended(self, job_id: str, model: str, load: float | None) -> None:
        """A job has ended and has loaded its model for ``load`` seconds; None when unknown."""
        switched = job_id in self._switched
        self._switched.discard(job_id)
        if load:
            self._loads[model] = load
        elif load is not None and switched:
            self._loads[model] = 0.0
        self.fitting = frozenset(model for model, its in self._loads.items() if its == 0.0)
        self.until = self._since + self.dwell(self.model)
