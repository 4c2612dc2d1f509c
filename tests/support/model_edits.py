"""Edits of whole canvases by models behind the real daemon, asked by the real client."""

from __future__ import annotations

from typing import Any

import numpy as np

from sfumato_client import Bounds, Edit, Extent, Operation, Parameters, Raster, Region, Samples
from sfumato_client.blocking import Client
from sfumato_client.events import Event, Result

GUARD = 300
"""Seconds for one edit with a tiny model; the first has to import torch and diffusers, too."""


def edit(picture: np.ndarray, selection: np.ndarray, **parameters: Any) -> Edit:
    """An edit of a whole canvas."""
    extent = Extent(picture.shape[1], picture.shape[0])
    wanted = Parameters(
        **(
            {"operation": Operation.OPERATION_GENERATE, "prompt": "a red vase", "seed": 3}
            | parameters
        )
    )
    raster = Raster(extent, Samples.RGB, 8, picture.tobytes())
    region = Region(Bounds.of(extent), raster, selection.tobytes())
    return Edit(extent, wanted, (region,))


def ask(client: Client, wanted: Edit) -> tuple[Result, list[Event]]:
    """The first result, and everything that was told on the way."""
    events: list[Event] = []
    results = client.submit(wanted, events.append, lambda error: None).wait(GUARD)
    return results[0], events


def colour_and_mask(result: Result) -> tuple[np.ndarray, np.ndarray]:
    [piece] = result.pieces
    shape = piece.bounds.height, piece.bounds.width
    colour = np.frombuffer(piece.color.data, np.uint8).reshape(*shape, 3)
    return colour, np.frombuffer(piece.mask, np.uint8).reshape(shape)
