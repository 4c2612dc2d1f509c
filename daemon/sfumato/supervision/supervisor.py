"""What a supervisor of services is asked for, and how its own tools are asked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from sfumato.settings import ENVIRONMENT_PREFIX
from sfumato_client.errors import SfumatoError

_CLIENTS = ("SFUMATO_TOKEN", "SFUMATO_JOIN", "SFUMATO_ADDRESS", "SFUMATO_TRUST")
"""Variables for clients: a service needs none of them, and a token belongs in no file of its."""


class CannotSupervise(SfumatoError):
    """The supervisor is missing or has refused; the message says what it said."""


class Standing(StrEnum):
    """How the service stands."""

    ABSENT = "not installed"
    STOPPED = "stopped"
    RUNNING = "running"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Command:
    """What is to run: the program with its arguments, and the variables it needs."""

    argv: tuple[str, ...]
    variables: Mapping[str, str]

    @classmethod
    def serving(cls, arguments: Sequence[str]) -> Command:
        """``sfumato serve`` of this installation, with the settings of this environment."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if name.startswith(ENVIRONMENT_PREFIX) and name not in _CLIENTS
        }
        return cls((sys.executable, "-m", "sfumato", "serve", *arguments), kept)


class Supervisor(Protocol):
    """One kind of supervisor, for the user's own services."""

    name: str

    @property
    def file(self) -> Path:
        """What describes the service; it need not be there."""

    def describe(self, command: Command) -> str:
        """The file's text."""

    def program(self) -> str:
        """The program that the installed file runs; empty if it names none."""

    def install(self, command: Command) -> None:
        """Write the file and start the service, now and at every login."""

    def uninstall(self) -> None:
        """Stop the service and delete the file; nothing if there is none."""

    def standing(self) -> Standing:
        """How the service stands."""


def asked(*argv: str) -> subprocess.CompletedProcess[str]:
    """Run a supervisor's own tool; ``CannotSupervise`` if it is not there."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError:
        raise CannotSupervise(
            f"There is no {argv[0]} on this computer. Run `sfumato serve` yourself, or from what "
            "starts your programs."
        ) from None


def told(*argv: str) -> str:
    """Run a supervisor's own tool for its answer; ``CannotSupervise`` if it refuses."""
    answer = asked(*argv)
    if answer.returncode:
        said = (answer.stderr or answer.stdout).strip() or f"exit code {answer.returncode}"
        raise CannotSupervise(f"`{' '.join(argv)}` failed: {said}")
    return answer.stdout
