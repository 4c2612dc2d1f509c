"""A canvas that has grown, as a header announces it: checked, and what it means for an edit.

Coordinates are those of the new canvas, and what is selected is what is new.
"""

from __future__ import annotations

from dataclasses import replace

from sfumato.engines.parameters import Gray, MaskedContent, Parameters
from sfumato.service.planes import checked_extent
from sfumato.service.status import invalid
from sfumato_client.geometry import Bounds, Extent
from sfumato_client.wire import parameters_pb2 as pb

MAX_SIDE = 65536
MAX_OVERLAP = 1024
_SIDES = ("left", "top", "right", "bottom")


def known_picture(outpaint: pb.Outpaint, canvas: Extent) -> Bounds:
    """Where the known picture lies on the new canvas; a ``Refusal`` that names the field."""
    for side in _SIDES:
        added = getattr(outpaint, side)
        if not 0 <= added <= MAX_SIDE:
            path = f"outpaint.{side}"
            raise invalid(path, f"{path} is {added}; allowed is 0 to {MAX_SIDE}.")
    if not any(getattr(outpaint, side) for side in _SIDES):
        raise invalid("outpaint", "Outpainting adds nothing: all four sides are 0.")
    if not 0 <= outpaint.overlap <= MAX_OVERLAP:
        path = "outpaint.overlap"
        raise invalid(path, f"{path} is {outpaint.overlap}; allowed is 0 to {MAX_OVERLAP}.")
    known = checked_extent(outpaint.known, "outpaint.known")
    grown = Extent(
        outpaint.left + known.width + outpaint.right, outpaint.top + known.height + outpaint.bottom
    )
    if grown != canvas:
        raise invalid(
            "outpaint.known",
            f"The known picture and what is added make {grown.width}x{grown.height}, but the "
            f"canvas is {canvas.width}x{canvas.height}.",
        )
    return Bounds(outpaint.left, outpaint.top, known.width, known.height)


def for_new_canvas(parameters: Parameters, outpaint: pb.Outpaint, first: bool = True) -> Parameters:
    """The parameters as they hold on new canvas, where there is nothing to begin from.

    The selection does not grow, and what is painted fades out over the overlap. A ``Refusal`` for
    what only makes sense where there is a picture; after the ``first`` pass of a recipe there is.
    """
    if parameters.gray is Gray.PARTIAL:
        raise invalid(
            "parameters.gray",
            "New canvas cannot change by degrees, as it holds nothing yet. Use gray as opacity.",
        )
    if first and parameters.masked_content in (MaskedContent.ORIGINAL, MaskedContent.BLUR):
        raise invalid(
            "parameters.masked_content",
            "New canvas holds nothing to begin from. Begin from a fill or from noise.",
        )
    if outpaint.HasField("overlap"):
        parameters = replace(parameters, feather=float(outpaint.overlap))
    return replace(parameters, grow=0.0)
