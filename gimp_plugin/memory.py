"""What stays of an edit, so that it can be repeated from the same input."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sfumato_client import Bounds, Extent, Growth, Parameters, Sides, parse_record

from .options import Options, Source


@dataclass(frozen=True)
class Origin:
    """Where an edit's input comes from: the first job that had it, and which layers were read.

    ``growth`` is how the canvas grew for it, if it did.
    """

    job: str
    source: Source = Source.VISIBLE
    growth: Growth | None = None

    def dump(self) -> bytes:
        """As ASCII, for ``Origin.load``."""
        stored: dict[str, Any] = {"job": self.job, "source": self.source.value}
        if self.growth is not None:
            grown = self.growth
            stored["growth"] = [grown.known.extent, grown.sides, grown.overlap]
        return json.dumps(stored).encode("ascii")

    @staticmethod
    def load(data: bytes) -> Origin:
        """From ``dump``, also of a version whose canvases did not grow."""
        stored = json.loads(data)
        growth = None
        if "growth" in stored:
            known, sides, overlap = stored["growth"]
            growth = Growth.of(Extent(*known), Sides(*sides), overlap)
        return Origin(stored["job"], Source(stored["source"]), growth)


@dataclass(frozen=True)
class Past:
    """An edit that was made: its input, its parameters as they were used, and where it lies."""

    origin: Origin
    parameters: Parameters
    bounds: Bounds

    @staticmethod
    def of(record: bytes, origin: bytes) -> Past | None:
        """From a layer's two notes; None if there are none, or of another version of Sfumato."""
        described = parse_record(record)
        if described is None or not origin:
            return None
        parameters = _parameters(described["parameters"])
        return Past(Origin.load(origin), parameters, Bounds(*described["bounds"]))

    def again(self, options: Options) -> Parameters:
        """The parameters of a repetition: the same but for the seed and what ``options`` name."""
        wanted = Parameters()
        wanted.CopyFrom(self.parameters)
        wanted.ClearField("seed")
        for name in ("seed", "strength", "variations"):
            value = getattr(options, name)
            if value is not None:
                setattr(wanted, name, value)
        return wanted


def _parameters(described: Mapping[str, Any]) -> Parameters:
    # JSON has no 64-bit numbers: the seed is written as text.
    whole = {"seed": int(described["seed"])} if "seed" in described else {}
    return Parameters(**{**described, **whole})
