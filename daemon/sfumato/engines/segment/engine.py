"""Selections without weights: GrabCut for boxes and clicks, a cascade for faces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sfumato.engines.segment.answering import Answering, Image, Search, cut_out, faces_in
from sfumato.engines.segment.prompt import prompts
from sfumato.engines.target import Target
from sfumato.engines.work import Work


class SegmentEngine(Answering):
    """``engines.base.Engine`` on the CPU.

    It knows no options. The service asks it only for what it can answer.
    """

    def __init__(self, device: str, options: Mapping[str, str]) -> None:
        super().__init__()

    def searches(self, image: Image, work: Work, target: Target) -> Iterable[Search]:
        """What is pointed at, and faces."""
        yield cut_out(image, prompts(target, work.regions[0].window))
        if target.face:
            yield faces_in(image)
