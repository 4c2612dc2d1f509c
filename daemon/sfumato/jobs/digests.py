"""Fingerprints of a job's pixels: whether stored ones are whole, and whether two are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sfumato.engines.arena import Arena
from sfumato.engines.work import PlaneRef, Work
from sfumato.jobs.inputs import input_planes


def inputs_digest(work: Work) -> str:
    """SHA-256 of a job's input planes in order, in hex.

    Reads them all: not for the event loop. ``OSError`` or ``ValueError`` if they are not there.
    """
    return _digest(work.arena, (plane for plane in input_planes(work) if plane is not None))


def result_digest(work: Work, variation: int) -> str:
    """SHA-256 of a variation: each region's colour and mask. Otherwise as ``inputs_digest``."""
    planes = (
        plane for region in work.regions for plane in (region.colors[variation], region.result_mask)
    )
    return _digest(work.arena, planes)


def _digest(path: str, planes: Iterable[PlaneRef]) -> str:
    digest = hashlib.sha256()
    with Arena.open(path) as arena:
        for plane in planes:
            with arena.view(plane) as pixels:
                digest.update(pixels)
    return digest.hexdigest()
