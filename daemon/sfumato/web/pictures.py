"""Pictures of a job from its arena: for the eye small and fast, for files whole and lossless."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from sfumato.engines.arena import Arena
from sfumato.engines.work import Work
from sfumato.imaging.depth import Pixels, converted
from sfumato.imaging.windows import Piece, joined, laid_over
from sfumato.web.drawings import Drawing

_QUALITY = 90


def drawn(drawing: Drawing) -> bytes:
    """A WebP whose sides have at most ``side`` pixels, or a PNG of the whole.

    ``FileNotFoundError`` if the job's arena is gone.
    """
    with Arena.open(drawing.work.arena) as arena:
        pixels = _pixels(arena, drawing.work, drawing)
    if not drawing.side:
        # Half a second of codecs that nobody waits for who only looks.
        from sfumato.picture.picture import Format, Picture
        from sfumato.picture.writing import encode

        return encode(Picture(pixels), Format.PNG)
    return _for_the_eye(converted(pixels, np.uint8), drawing.side)


def _pixels(arena: Arena, work: Work, drawing: Drawing) -> Pixels:
    masks = [arena.array(region.result_mask) for region in work.regions]
    if drawing.kind == "mask":
        return joined(
            [
                Piece(region.window, mask[..., None])
                for region, mask in zip(work.regions, masks, strict=True)
            ],
            veiled=False,
        )
    before = joined([Piece(region.window, arena.array(region.picture)) for region in work.regions])
    if drawing.kind == "before":
        return before
    colours = [
        Piece(region.window, arena.array(region.colors[drawing.variation]))
        for region in work.regions
    ]
    return laid_over(before, colours, masks)


def _for_the_eye(pixels: Pixels, side: int) -> bytes:
    image = Image.fromarray(_displayable(pixels))
    # Colours are resized premultiplied by Pillow itself.
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    file = io.BytesIO()
    image.save(file, "WEBP", quality=_QUALITY, method=2)
    return file.getvalue()


def _displayable(pixels: Pixels) -> Any:
    """Shapes that Pillow reads: gray without a third axis, everything else with one."""
    return pixels[..., 0] if pixels.shape[2] == 1 else pixels
