"""Stating an edit: what is selected, the picture around it, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from gi.repository import Gimp

from sfumato_client import (
    Bounds,
    Client,
    Context,
    Edit,
    Extent,
    Growth,
    Model,
    OnDisconnect,
    Parameters,
    Refused,
    Region,
    Selection,
    Shape,
    Stopwatch,
    doer,
    make_mask,
    model_named,
    plan,
    preset_named,
    recipe_title,
    tiles,
    usable,
)

from .document import Document, Place, check, extent_of, find_place, read_selection
from .growing import Wanted
from .memory import Origin
from .options import Options, Source
from .picture import rendered

# Up to here the mask is made in less than a second; the daemon makes larger ones faster.
LARGEST_MASK = 2_000_000
PREVIEW_SIDE = 512
_TITLES = ("Remove", "Extend")
CLIPPED = (
    "Some colors of the picture are brighter than white or outside sRGB. Where the new layer "
    "covers them they are cut to sRGB; the picture below keeps them."
)


@dataclass(frozen=True)
class Request:
    """An edit, where its result goes, and the picture as it was."""

    edit: Edit
    place: Place
    source: Source
    document: Document
    notices: tuple[str, ...] = ()
    growth: Growth | None = None
    """The canvas of the edit, if it has to grow for it."""
    recipe: str = ""
    """The title of the recipe that is followed, if it is one."""

    def since(self, stopwatch: Stopwatch) -> Request:
        """The same, asked for when the stopwatch began to run."""
        return replace(self, edit=replace(self.edit, stopwatch=stopwatch))


@dataclass(frozen=True)
class Reading:
    """Which pixels to read: layers down from ``anchor`` or all, without the ``hidden`` ones."""

    selection: Selection
    source: Source
    anchor: Gimp.Layer | None
    hidden: Sequence[Gimp.Layer] = ()


def read_request(
    image: Gimp.Image, drawables: list[Gimp.Drawable], options: Options, client: Client
) -> Request:
    """State the edit that the artist asks for. Raises ``Refused`` if it cannot be done here."""
    check(image)
    place = find_place(image, drawables, options.layers)
    selection = read_selection(image)
    preset = preset_named(client.models(), options.preset) if options.preset else None
    parameters = _parameters(options, options.shape(selection, preset), client)
    reading = Reading(selection, options.layers, place.below)
    return from_pixels(image, place, reading, parameters, client)


def read_growth(
    image: Gimp.Image,
    drawables: list[Gimp.Drawable],
    options: Options,
    wanted: Wanted,
    client: Client,
) -> Request:
    """State that the canvas is to grow. Raises ``Refused`` if it cannot grow so."""
    check(image)
    place = find_place(image, drawables, options.layers)
    growth = wanted.growth(extent_of(image))
    softly = Shape(0.0, float(growth.overlap), Context())
    parameters = _parameters(options, softly, client)
    places = tiles(growth, _model(parameters, client))
    known = growth.known
    windows = [tile.window.shifted(-known.x, -known.y) for tile in places]
    with rendered(image, options.layers, place.below, windows) as scene:
        regions = tuple(
            Region(tile.window, scene.read(window), growth.coverage(tile.window), core=tile.core)
            for tile, window in zip(places, windows, strict=True)
        )
        notices = (CLIPPED,) if any(scene.clips(window) for window in windows) else ()
    edit = _edit(growth.canvas, parameters, regions=regions, outpaint=growth.message)
    return Request(edit, place, options.layers, Document.of(image), notices, growth)


def from_pixels(
    image: Gimp.Image, place: Place, reading: Reading, parameters: Parameters, client: Client
) -> Request:
    """State an edit of the picture as it is now."""
    document = Document.of(image)
    places = plan(
        reading.selection,
        document.extent,
        grow=parameters.grow,
        feather=parameters.feather,
        context=parameters.context,
        model=_model(parameters, client),
    )
    windows = [place.window for place in places]
    with rendered(image, reading.source, reading.anchor, windows, reading.hidden) as scene:
        pictures = [scene.read(window) for window in windows]
        notices = (CLIPPED,) if any(scene.clips(window) for window in windows) else ()
    regions = []
    for (window, core), picture in zip(places, pictures, strict=True):
        coverage = reading.selection.over(window)
        mask = _mask(coverage, window, parameters)
        regions.append(Region(window, picture, coverage, mask, core))
    edit = _edit(document.extent, parameters, regions=tuple(regions))
    recipe = recipe_title(client.models().presets, parameters.preset)
    return Request(edit, place, reading.source, document, notices, recipe=recipe)


def from_stored(
    image: Gimp.Image, place: Place, origin: Origin, parameters: Parameters, client: Client
) -> Request:
    """State an edit of what an earlier job was given.

    Raises ``Refused`` if that made the canvas grow, and the canvas has another size since.
    """
    check(image)
    growth = origin.growth
    document = Document.of(image)
    canvas = document.extent
    if growth is not None and canvas in (growth.canvas, growth.known.extent):
        if canvas == growth.canvas:
            # It has grown already.
            document = Document.of(image, growth.known)
        canvas = growth.canvas
    elif growth is not None:
        raise Refused(
            "The canvas has another size than when this edit made it grow: extend it anew."
        )
    edit = _edit(canvas, parameters, stored_input=origin.job)
    recipe = recipe_title(client.models().presets, parameters.preset)
    return Request(edit, place, origin.source, document, growth=growth, recipe=recipe)


def _edit(canvas: Extent, parameters: Parameters, **content: Any) -> Edit:
    return Edit(
        canvas=canvas,
        parameters=parameters,
        **content,
        # GIMP's own Cancel kills the plug-in: a lost connection is the artist's wish.
        on_disconnect=OnDisconnect.ON_DISCONNECT_CANCEL,
        preview_side=PREVIEW_SIDE,
        title=" ".join(parameters.prompt.split())[:64] or _TITLES["outpaint" in content],
    )


def _mask(coverage: bytes, window: Bounds, parameters: Parameters) -> bytes | None:
    if window.area > LARGEST_MASK:
        return None
    return make_mask(coverage, window.extent, parameters.grow, parameters.feather)


def _parameters(options: Options, softly: Shape, client: Client) -> Parameters:
    """The parameters; of remembered ones those that this daemon can use."""
    asked = options.parameters(softly)
    if not options.remembered:
        return asked
    known = client.models()
    if preset_named(known, asked.preset) is None:
        asked.preset = ""
    if model_named(known, asked.model) is None:
        asked.model = ""
    return usable(asked, doer(known, asked))


def _model(parameters: Parameters, client: Client) -> Model | None:
    """The model whose sizes the windows should fit; None for removals, which take any size."""
    return doer(client.models(), parameters)
