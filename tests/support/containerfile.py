"""Containerfiles: read, and their steps run in a folder with a Debian in it, without an engine."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_KNOWN = frozenset(
    ("FROM", "ARG", "RUN", "COPY", "USER", "WORKDIR", "ENV", "VOLUME", "EXPOSE", "STOPSIGNAL")
) | {"HEALTHCHECK", "ENTRYPOINT", "CMD"}


class Step(NamedTuple):
    """An instruction and what stands after it, its lines joined."""

    instruction: str
    words: str

    @property
    def listed(self) -> list[str]:
        """The words of an instruction in JSON's form; ``ValueError`` if it is none."""
        found = json.loads(self.words[self.words.index("[") :])
        assert all(isinstance(word, str) for word in found)
        return list(found)


def steps(file: Path) -> list[Step]:
    """What a Containerfile says; ``ValueError`` for what is no instruction."""
    text = "\n".join(
        line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")
    )
    found = []
    for line in re.sub(r"\\\n", "", text).splitlines():
        if not line.strip():
            continue
        instruction, _, words = line.partition(" ")
        if instruction not in _KNOWN or not words.strip():
            raise ValueError(f"{file.name}: {line!r} is no instruction")
        found.append(Step(instruction, words.strip()))
    if not found or found[0].instruction != "FROM":
        raise ValueError(f"{file.name} begins with no FROM")
    return found


def settings(step: Step) -> dict[str, str]:
    """The names and values of an ARG or ENV."""
    pairs = (word.partition("=") for word in shlex.split(step.words))
    return {name: value for name, _, value in pairs}


def scripts(found: list[Step], given: Mapping[str, str]) -> Iterator[tuple[Step, dict[str, str]]]:
    """Every RUN and COPY with the variables that hold there; ``given`` replaces ARGs."""
    variables: dict[str, str] = {}
    for step in found:
        if step.instruction == "ARG":
            variables |= {name: given.get(name, value) for name, value in settings(step).items()}
        elif step.instruction == "ENV":
            variables |= settings(step)
        elif step.instruction in ("RUN", "COPY"):
            yield step, dict(variables)
