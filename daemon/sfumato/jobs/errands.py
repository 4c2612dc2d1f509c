"""What the journal's thread is asked for, and how those who asked hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sfumato.jobs.errors import NotWrittenDown


@dataclass(frozen=True, slots=True)
class Write:
    """Something to be written. Of equal keys that wait, the newest counts.

    ``values`` are made in the journal's thread. ``sync`` makes the commit wait for the disk, and
    ``scrub`` leaves no trace of older values in the file's log.
    """

    key: tuple[str, str]
    statement: str
    values: Callable[[], tuple[object, ...]]
    done: asyncio.Future[None]
    sync: bool = False
    scrub: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """Something to be read, after all that was asked for before it."""

    statement: str
    values: tuple[object, ...]
    found: asyncio.Future[list[tuple[Any, ...]]]


def give(future: asyncio.Future[Any], value: object) -> None:
    """Answer, if anybody still waits."""
    if not future.cancelled():
        future.set_result(value)


def fail(future: asyncio.Future[Any], sentence: str) -> None:
    """Say that the disk has refused, and why."""
    if not future.cancelled():
        future.set_exception(NotWrittenDown(sentence))
        future.exception()  # Not everybody waits for it.
