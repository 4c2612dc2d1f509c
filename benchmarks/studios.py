"""Studios of artists and GPUs, what their models take, and what came of a simulation."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.simulation import jain, p95

MEASURED = Path(__file__).parent / "data" / "steps-h200.toml"


@dataclass(frozen=True, slots=True)
class Pace:
    """What a model takes, in seconds: to load, for a step, and for an edit besides its steps."""

    load: float
    step: float
    beside: float

    def seconds(self, steps: float) -> float:
        """What an edit takes on a GPU that has the model."""
        return self.beside + steps * self.step


def paces(path: Path = MEASURED) -> tuple[Pace, ...]:
    """The models of a table of ``benchmarks.steps``.

    One whose loading was not measured is thought to load as many bytes in a second as the others.
    """
    models = [table for table in tomllib.loads(path.read_text()).values() if type(table) is dict]
    timed = [model for model in models if "load" in model]
    per_gb = sum(m["load"] for m in timed) / sum(m["weights_gb"] for m in timed)
    return tuple(
        Pace(
            load=model.get("load", per_gb * model["weights_gb"]),
            step=model["step"]["1"],
            beside=model["text"] + model["encode"] + model["decode"],
        )
        for model in models
    )


@dataclass(frozen=True, slots=True)
class Studio:
    """Who works with what, for how long. Between two edits an artist thinks for ``think`` s."""

    artists: int
    gpus: int
    think: float = 60.0
    hours: float = 0.5


@dataclass(slots=True)
class Report:
    """What came of it: waits, GPU seconds by model and artist, loads, the gateway's own time.

    That is ``scheduling``, and ``telling`` those who wait where they stand.
    """

    studio: Studio
    waits: list[float] = field(default_factory=list)
    spent: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    loads: int = 0
    busy: float = 0.0
    scheduling: float = 0.0
    telling: float = 0.0

    @property
    def edits(self) -> int:
        """How many began."""
        return len(self.waits)

    @property
    def fairness(self) -> float:
        """Jain's index over GPU seconds, each artist's against the usual for the same model."""
        return jain(
            seconds / (spent.total() / len(spent))
            for spent in self.spent.values()
            for seconds in spent.values()
        )

    @property
    def utilisation(self) -> float:
        """The share of all GPUs' time that was used, loading counted in."""
        return self.busy / (self.studio.gpus * self.studio.hours * 3600)

    @property
    def scheduling_ms(self) -> float:
        """The scheduler's processor time for an edit, in milliseconds."""
        return 1000 * self.scheduling / max(1, self.edits)

    @property
    def telling_ms(self) -> float:
        """What telling costs for an edit, in milliseconds of processor time."""
        return 1000 * self.telling / max(1, self.edits)

    def __str__(self) -> str:
        studio = self.studio
        waits = sorted(self.waits)
        return (
            f"{studio.artists:6} {studio.gpus:5} {self.edits:7} {waits[len(waits) // 2]:7.1f} "
            f"{p95(waits):7.1f} {max(waits):7.1f} {self.utilisation:6.0%} "
            f"{self.fairness:6.3f} {self.busy / self.edits:6.1f} "
            f"{self.loads / self.edits:6.2f} {self.scheduling_ms:8.2f} {self.telling_ms:8.2f}"
        )


HEAD = (
    "artists  GPUs   edits  median    p95    most    use   Jain  s/edit  loads/e  schedule ms  "
    "tell ms"
)
