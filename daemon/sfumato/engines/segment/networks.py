"""Selections by networks: SAM for boxes and clicks, OWLv2 for words, BiRefNet for the subject."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from transformers.utils import logging as transformers_logging

from sfumato.engines.base import Refused
from sfumato.engines.devices import memory_budget
from sfumato.engines.segment.answer import Thing, smooth
from sfumato.engines.segment.answering import Answering, Image, Search, cut_out
from sfumato.engines.segment.prompt import Prompt, prompts
from sfumato.engines.segment.rack import Rack
from sfumato.engines.target import Target
from sfumato.engines.work import Work
from sfumato.models.library import Library
from sfumato.models.loading import device_named
from sfumato.models.selectors import Selector, SelectorKind, memory_share


class NetworkEngine(Answering):
    """``engines.base.Engine`` for questions to the model that they name.

    ``device`` is torch's name of one, or ``auto``. Options: ``model:NAME`` is where a model lies;
    ``memory`` is how many bytes of the device all models may take (0: three quarters), of which
    those that select have their share.
    """

    def __init__(self, device: str, options: Mapping[str, str]) -> None:
        super().__init__()
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        place = device_named(device)
        self._selectors = Library.of_options(options).usable(Selector)
        budget = int(options.get("memory", 0)) or memory_budget(place)
        self._rack = Rack(place, memory_share(self._selectors.values(), budget))

    @property
    def loaded(self) -> Mapping[str, int]:
        """The networks that are loaded; those that lie in the computer's memory take none."""
        return self._rack.loaded

    def searches(self, image: Image, work: Work, target: Target) -> Iterable[Search]:
        """The one search that the named model can do."""
        selector = self._selectors.get(work.parameters.model)
        if selector is None:
            raise Refused("MODEL_UNKNOWN", f"There is no model {work.parameters.model!r} here.")
        if selector.kind.points:
            yield self._pointed_at(selector, image, prompts(target, work.regions[0].window))
        elif selector.kind is SelectorKind.OWLV2:
            yield self._described(selector, image, target)
        else:
            yield self._subject(selector, image)

    def close(self) -> None:
        """Give back memory and devices."""
        super().close()
        self._rack.clear()

    def _pointed_at(self, selector: Selector, image: Image, asked: Iterable[Prompt]) -> Search:
        yield from self._announced(selector)
        things: list[Thing] = []
        seen: dict[int, Any] = {}

        def cut(network: Any, prompt: Prompt) -> Thing:
            # It may be another one now: a device without room for it leaves its work to the CPU.
            if id(network) not in seen:
                seen[id(network)] = network.see(image)
            area, confidence = network.cut(seen[id(network)], prompt)
            return Thing(smooth(area), confidence)

        for prompt in asked:
            things.append(self._rack.use(selector, partial(cut, prompt=prompt)))
            yield None
        return things

    def _described(self, selector: Selector, image: Image, target: Target) -> Search:
        """Boxes of what the words describe, and in each what SAM finds, or GrabCut without one."""
        yield from self._announced(selector)

        def find(network: Any) -> Any:
            return network.find(image, target.text)

        sightings = [
            one for one in self._rack.use(selector, find) if one.confidence >= target.confidence
        ][: target.count]
        yield None
        asked = [Prompt(sighting.box) for sighting in sightings]
        sam = next((one for one in self._selectors.values() if one.kind.points), None)
        if sam is not None and asked:
            things = yield from self._pointed_at(sam, image, asked)
        else:
            things = yield from cut_out(image, asked)
        return [
            Thing(thing.coverage, sighting.confidence, sighting.words)
            for thing, sighting in zip(things, sightings, strict=True)
        ]

    def _subject(self, selector: Selector, image: Image) -> Search:
        yield from self._announced(selector)

        def find(network: Any) -> Any:
            return network.find(image)

        return [Thing(*self._rack.use(selector, find))]

    def _announced(self, selector: Selector) -> Iterator[str]:
        """Say what takes long, before it does."""
        if selector.name not in self._rack:
            yield f"loading {selector.name}"
