"""Who makes selections, and of what: the cards of what needs no weights, and the kind of all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
GRABCUT = Segmenter("grabcut", "GrabCut", ENGINE, (Find.POINTS, Find.BOXES))
CASCADE = Segmenter("cascade", "Face cascade", ENGINE, (Find.FACE,))
BUILT_IN = {segmenter.name: segmenter for segmenter in (GRABCUT, CASCADE)}
"""They need no weights."""
