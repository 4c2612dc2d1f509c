"""Which parts of the canvas travel for an edit."""

from __future__ import annotations

from typing import NamedTuple

from sfumato_client.geometry import Bounds, Extent
from sfumato_client.selection import Selection
from sfumato_client.wire.models_pb2 import Model
from sfumato_client.wire.parameters_pb2 import Context


class Place(NamedTuple):
    """A window to be sent, and the core of it whose masked pixels are wanted back."""

    window: Bounds
    core: Bounds


def plan(
    selection: Selection,
    canvas: Extent,
    *,
    grow: float,
    feather: float,
    context: Context | None = None,
    model: Model | None = None,
) -> tuple[Place, ...]:
    """Choose the windows of an edit."""
    window = selection.bounds.padded(int(grow + feather) + 65).intersection(Bounds.of(canvas))
    return (Place(window, window),)
