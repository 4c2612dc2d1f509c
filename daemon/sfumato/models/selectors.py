"""Models that select: told by their ``config.json`` and the headers of their files alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sfumato.models.guides import refuse_pickle
from sfumato.models.weights import weights_in


class SelectorKind(StrEnum):
    """An architecture that Sfumato can select with."""

    SAM = "sam"
    SAM2 = "sam2"
    OWLV2 = "owlv2"
    BIREFNET = "birefnet"

    @property
    def known_as(self) -> str:
        """Its name for people."""
        return _TITLES[self]

    @property
    def does(self) -> str:
        """What it does, for people."""
        return _DOES[self]

    @property
    def points(self) -> bool:
        """Whether it finds what is clicked at or in a box."""
        return self in (SelectorKind.SAM, SelectorKind.SAM2)


# What ``architectures`` says; SAM 2 is published with the parts for films, which are left out.
_ARCHITECTURES = {
    "SamModel": SelectorKind.SAM,
    "Sam2Model": SelectorKind.SAM2,
    "Sam2VideoModel": SelectorKind.SAM2,
    "Owlv2ForObjectDetection": SelectorKind.OWLV2,
    "BiRefNet": SelectorKind.BIREFNET,
}
_TITLES = {
    SelectorKind.SAM: "SAM",
    SelectorKind.SAM2: "SAM 2",
    SelectorKind.OWLV2: "OWLv2",
    SelectorKind.BIREFNET: "BiRefNet",
}
_DOES = {
    SelectorKind.SAM: "selects what is clicked at or in a box",
    SelectorKind.SAM2: "selects what is clicked at or in a box",
    SelectorKind.OWLV2: "finds what words describe",
    SelectorKind.BIREFNET: "selects the main subject",
}


@dataclass(frozen=True, slots=True)
class Selector:
    """A model that selects, by its name, and where it lies."""

    name: str
    directory: Path
    kind: SelectorKind

    @property
    def weight_bytes(self) -> int:
        """Bytes that its weights take in memory.

        In full precision: half of it is not enough for places in a picture, and these are small.
        """
        return 4 * weights_in(self.directory, None)


def memory_share(selectors: Iterable[Selector], budget: int) -> int:
    """Bytes of a device's memory for models that are left to selectors, of ``budget`` for all.

    As much as all of them and a picture on its way take, but no more than a quarter.
    """
    wanted = sum(selector.weight_bytes for selector in selectors)
    return min(round(1.5 * wanted), budget // 4)


def selector_kind(config: dict[str, Any]) -> SelectorKind | None:
    """Which kind a directory with this configuration holds; None if it is no selector."""
    classes = config.get("architectures") or []
    return next((_ARCHITECTURES[name] for name in classes if name in _ARCHITECTURES), None)


def describe_selector(name: str, directory: Path, kind: SelectorKind) -> Selector:
    """The selector in a directory; ``UnusableModel`` if its weights are pickled."""
    refuse_pickle(directory)
    return Selector(name, directory, kind)
