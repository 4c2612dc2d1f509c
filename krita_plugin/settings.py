"""What the artist set in the docker, and how it is remembered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

SOURCES = ("all", "below", "group")
CONTEXTS = ("auto", "double", "margin", "whole")
BEGINNINGS = ("", "original", "blur", "fill", "noise")
# The context's margin in pixels, least and most.
MARGINS = 32, 4096
CHOICES = {"source": SOURCES, "context": CONTEXTS, "begin_with": BEGINNINGS}
HISTORY_LENGTH = 30
KEPT_FOR_NEW_CANVAS = ("negative_prompt", "enhance", "model", "seed", "variations", "source")


@dataclass(frozen=True)
class Settings:
    """One document's settings. ``None`` leaves the choice to Sfumato.

    ``strength`` 0 to 1; ``feather`` and ``grow`` in pixels; ``source`` is what is sampled (all
    visible, the active layer and below, or the active group). ``context`` "double" looks at as much
    again as is selected; ``margin`` in pixels counts with "margin" only. ``begin_with`` is what
    stands under the mask at first. ``enhance`` adds words on light and style to the prompt.
    """

    prompt: str = ""
    enhance: bool = False
    negative_prompt: str = ""
    preset: str = ""
    model: str = ""
    strength: float | None = None
    steps: int | None = None
    guidance: float | None = None
    seed: int | None = None
    begin_with: str = ""
    feather: int | None = None
    grow: int | None = None
    context: str = "auto"
    margin: int = 128
    variations: int = 1
    source: str = "all"
    show_on_canvas: bool = True

    def extending(self, prompt: str) -> Settings:
        """The settings for new canvas; what was chosen for an edit of a selection is left out."""
        chosen = {name: getattr(self, name) for name in KEPT_FOR_NEW_CANVAS}
        return Settings(prompt=prompt, preset="extend", **chosen)

    def to_json(self) -> str:
        """As text, for ``from_json``."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> Settings:
        """Settings from ``to_json``, also of another version: what does not fit is left out."""
        try:
            stored: Any = json.loads(text)
        except ValueError:
            return Settings()
        if not isinstance(stored, dict):
            return Settings()
        plain = Settings()
        known = {}
        for field in fields(Settings):
            value = stored.get(field.name)
            if value is not None and _fits(value, field.type):
                known[field.name] = value
        for name, choices in CHOICES.items():
            if known.get(name, getattr(plain, name)) not in choices:
                del known[name]
        return Settings(**known)


def remembered(history: Sequence[str], prompt: str) -> list[str]:
    """The prompt history, newest first, with ``prompt`` in front and nothing twice."""
    prompt = prompt.strip()
    older = [entry for entry in history if entry != prompt]
    return ([prompt] if prompt else []) + older[: HISTORY_LENGTH - bool(prompt)]


def read_history(text: str) -> list[str]:
    """The prompts in a stored history; none if it is damaged."""
    try:
        stored = json.loads(text)
    except ValueError:
        return []
    return [entry for entry in stored if isinstance(entry, str)] if isinstance(stored, list) else []


def _fits(value: object, annotation: Any) -> bool:
    wanted = str(annotation).split(" ", 1)[0]
    if wanted == "float":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return type(value).__name__ == wanted
