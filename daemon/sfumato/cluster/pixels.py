"""Which planes of a work travel to where it is done, and which come back with what report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sfumato.engines.arena import Arena
from sfumato.engines.messages import Found, VariationDone, WorkReport
from sfumato.engines.work import PlaneRef, Work

if TYPE_CHECKING:
    from numpy.typing import NDArray

Pixels = list["NDArray[Any]"]
"""The bytes of planes, in an order that both sides know."""


def inputs(work: Work) -> list[PlaneRef]:
    """What the host reads, earlier attempts' results included."""
    refs = list(work.extras)
    for region in work.regions:
        refs += [region.picture, region.selection]
        if region.mask is not None:
            refs.append(region.mask)
        if work.finished:
            refs.append(region.result_mask)
        refs += [region.colors[result] for result in sorted(work.finished)]
    return refs


def outputs(work: Work, report: WorkReport) -> list[PlaneRef]:
    """What the host has written when it says this."""
    match report:
        case VariationDone(_, result):
            pairs = ((region.colors[result], region.result_mask) for region in work.regions)
            return [ref for pair in pairs for ref in pair]
        case Found():
            return [region.selection for region in work.regions]
        case _:
            return []


def read(arena: Arena, refs: Iterable[PlaneRef]) -> Pixels:
    """Copy planes out of an arena."""
    return [arena.array(ref).copy() for ref in refs]


def write(arena: Arena, refs: Sequence[PlaneRef], pixels: Pixels) -> None:
    """Copy planes into an arena; ``ValueError`` where their shapes or depths differ."""
    for ref, plane in zip(refs, pixels, strict=True):
        if plane.shape != ref.shape or plane.dtype != ref.dtype:
            raise ValueError(f"{plane.shape} pixels of {plane.dtype} are no {ref}")
        arena.array(ref)[...] = plane
