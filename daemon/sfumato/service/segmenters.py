"""Who makes selections, and of what: the cards of what needs no weights, and the kind of all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sfumato.models.selectors import Selector, SelectorKind


class Find(StrEnum):
    """What a selection can be made of, in words for people."""

    POINTS = "what is clicked at"
    BOXES = "what is in a box"
    TEXT = "what a text describes"
    SUBJECT = "the main subject"
    FACE = "faces"


@dataclass(frozen=True, slots=True)
class Segmenter:
    """One of them: ``engine`` names the host, ``finds`` is what it can find at once."""

    name: str
    title: str
    engine: str
    finds: tuple[Find, ...]
    family: str = ""


ENGINE = "segment"
NETWORKS = "networks"
"""The engine of models that select."""
GRABCUT = Segmenter("grabcut", "GrabCut", ENGINE, (Find.POINTS, Find.BOXES))
CASCADE = Segmenter("cascade", "Face cascade", ENGINE, (Find.FACE,))
BUILT_IN = {segmenter.name: segmenter for segmenter in (GRABCUT, CASCADE)}
"""They need no weights."""


def segmenters(selectors: Iterable[Selector]) -> Mapping[str, Segmenter]:
    """All by name: first the models, then what needs no weights."""
    return {selector.name: _card(selector) for selector in selectors} | BUILT_IN


def _card(selector: Selector) -> Segmenter:
    finds = {SelectorKind.OWLV2: (Find.TEXT,), SelectorKind.BIREFNET: (Find.SUBJECT,)}
    return Segmenter(
        selector.name,
        selector.kind.known_as,
        NETWORKS,
        finds.get(selector.kind, (Find.POINTS, Find.BOXES)),
        selector.kind.value,
    )
