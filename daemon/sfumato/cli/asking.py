"""What the daemon finds in a picture file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sfumato.cli.failures import BadInput
from sfumato.cli.rasters import raster
from sfumato.picture.picture import Picture
from sfumato.picture.profile import Encoding
from sfumato_client.geometry import Bounds
from sfumato_client.segment import Search, looked_at
from sfumato_client.selection import Selection
from sfumato_client.session import Session
from sfumato_client.wire.segment_pb2 import Target


@dataclass(frozen=True)
class Sought:
    """A selection that the daemon is yet to find, and what is selected beside that."""

    target: Target
    beside: Selection | None = None


def shown(picture: Picture, target: Target, encoding: Encoding, invert: bool = False) -> Search:
    """A question with the part of the picture that it needs; ``BadInput`` for a box outside."""
    window = looked_at(target, picture.extent, invert)
    if not window.area:
        extent = picture.extent
        raise BadInput(
            f"The picture has {extent.width}x{extent.height} pixels, and the box lies outside."
        )
    return Search(raster(picture, window, encoding), window, target, invert=invert)


async def found(
    session: Session,
    picture: Picture,
    sought: Sought,
    encoding: Encoding,
    phases: Callable[[str], object],
) -> Selection:
    """What the daemon finds, together with what is beside; ``Refused`` if it finds nothing."""
    answer = await session.segment(shown(picture, sought.target, encoding), phases)
    selection = answer.selection
    return selection if sought.beside is None else united(selection, sought.beside)


def united(one: Selection, other: Selection) -> Selection:
    """Everything that either selects, each as much as it does."""
    whole: Bounds = one.bounds.union(other.bounds)
    parts = [np.frombuffer(each.over(whole), np.uint8) for each in (one, other)]
    return Selection(whole, np.maximum(*parts).tobytes())
