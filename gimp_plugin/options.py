"""What the artist asked for, read from a procedure's arguments, as the daemon's parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sfumato_client import Context, Parameters, Preset, Selection, Shape, shape
from sfumato_client.wire.parameters_pb2 import MaskedContent

from .arguments import AUTOMATIC


class Source(Enum):
    """Which layers are looked at."""

    VISIBLE = "visible"
    BELOW = "below"
    GROUP = "group"


@dataclass(frozen=True)
class Options:
    """One procedure's arguments, by the names in ``arguments``; None: left to others.

    ``remembered`` ones were not all given for this very edit: GIMP keeps what an artist once set.
    """

    prompt: str = ""
    enhance: bool = False
    negative_prompt: str = ""
    operation: str = "automatic"
    preset: str = ""
    model: str = ""
    strength: float | None = None
    steps: int | None = None
    guidance: float | None = None
    masked_content: str = "automatic"
    seed: int | None = None
    variations: int | None = None
    grow: float | None = None
    feather: float | None = None
    context: str = "automatic"
    margin: int = 128
    source: str = "visible"
    gray: str = "blend"
    remembered: bool = False

    @staticmethod
    def of(values: Mapping[str, Any]) -> Options:
        """From a procedure's configuration; what it does not declare keeps its default."""
        given: dict[str, Any] = {
            name.replace("-", "_"): None if value == AUTOMATIC else value
            for name, value in values.items()
        }
        return Options(**given)

    @property
    def layers(self) -> Source:
        """Which layers are looked at."""
        return Source(self.source)

    def shape(self, selection: Selection, preset: Preset | None) -> Shape:
        """What the artist gave, else what the preset says, else what suits the selection."""
        asked = self._context()
        return shape(selection, preset, grow=self.grow, feather=self.feather, context=asked)

    def parameters(self, softly: Shape) -> Parameters:
        """The same for the daemon, with what ``shape`` made of grow, feather and context.

        Where there is no prompt, nothing is added to it.
        """
        prompt = self.prompt.strip()
        wanted = Parameters(
            operation=_OPERATIONS[self.operation],
            model=self.model,
            prompt=prompt,
            negative_prompt=self.negative_prompt.strip(),
            gray=f"GRAY_MEANING_{self.gray.upper()}",
            **softly._asdict(),
            preset=self.preset,
            enhance_prompt=self.enhance and bool(prompt),
        )
        if self.masked_content != "automatic":
            wanted.masked_content = MaskedContent.Value(
                f"MASKED_CONTENT_{self.masked_content.upper()}"
            )
        for name in ("strength", "steps", "guidance", "seed", "variations"):
            value = getattr(self, name)
            if value is not None:
                setattr(wanted, name, value)
        return wanted

    def _context(self) -> Context:
        if self.context == "margin":
            return Context(mode=Context.MODE_MARGIN, margin=self.margin)
        return Context(mode=_CONTEXT_MODES[self.context])


_CONTEXT_MODES = {
    "automatic": Context.MODE_AUTO,
    "double": Context.MODE_DOUBLE,
    "whole": Context.MODE_WHOLE,
}
_OPERATIONS = {
    "automatic": "OPERATION_UNSPECIFIED",
    "remove": "OPERATION_REMOVE",
    "generate": "OPERATION_GENERATE",
    "instruct": "OPERATION_INSTRUCT",
}
