"""What is asked of a picture, and the edit that it becomes for a daemon."""

from __future__ import annotations

from dataclasses import dataclass, field

from sfumato.cli.additions import Added, weighted, with_images
from sfumato.cli.asking import Sought
from sfumato.cli.rasters import raster
from sfumato.picture.picture import Picture
from sfumato.picture.profile import Encoding
from sfumato_client.edit import Edit, Region
from sfumato_client.outpaint import Growth, tiles
from sfumato_client.plan import Place, plan
from sfumato_client.preset import preset_named, shape
from sfumato_client.selection import Selection
from sfumato_client.trace import surrounding_trace
from sfumato_client.wire.inpainting_pb2 import OnDisconnect
from sfumato_client.wire.models_pb2 import ListModelsResponse, Model
from sfumato_client.wire.parameters_pb2 import Parameters, Stage

_TITLE_CHARACTERS = 64


@dataclass(frozen=True)
class Request:
    """What to do with which part of a picture; ``title`` names it in the daemon's queue.

    What is worked on is a selection, which the daemon may have to find, or what is new around a
    picture whose canvas has grown.
    ``grow`` and ``feather`` are pixels; None leaves them to the preset, or to the selection.
    ``parameters`` are without what is ``added``: that takes the daemon's and the windows' word. Of
    a ``private`` one the daemon keeps nothing. ``stages`` are the passes of a recipe.
    """

    picture: Picture
    target: Selection | Growth | Sought
    parameters: Parameters
    title: str
    grow: float | None = None
    feather: float | None = None
    added: Added = field(default_factory=Added)
    private: bool = False
    stages: tuple[Stage, ...] = ()


def edit_of(request: Request, listed: ListModelsResponse, encoding: Encoding) -> Edit:
    """The edit as it travels: the windows' pixels as sRGB, S, and what to do.

    ``listed`` are the daemon's models and presets.
    """
    asked = Parameters()
    asked.CopyFrom(request.parameters)
    asked.loras.extend(weighted(request.added.loras, listed.loras))
    model = _planned_for(listed, asked)
    match request.target:
        case Growth() as growth:
            places, coverage = tiles(growth, model), growth.coverage
        case Sought():
            raise TypeError("what is sought has to be found first")
        case selection:
            _settle(asked, request, selection, listed)
            places, coverage = _planned(selection, request, asked, model), selection.over
    edit = Edit(
        canvas=request.picture.extent,
        parameters=asked,
        regions=tuple(
            Region(
                window=place.window,
                picture=raster(request.picture, place.window, encoding),
                selection=coverage(place.window),
                core=place.core,
            )
            for place in places
        ),
        outpaint=request.target.message if isinstance(request.target, Growth) else None,
        on_disconnect=OnDisconnect.ON_DISCONNECT_CANCEL,
        preview_side=0,
        private=request.private,
        stages=request.stages,
        title=request.title[:_TITLE_CHARACTERS],
        traceparent=surrounding_trace(),
    )
    return with_images(edit, request.added)


def _settle(
    asked: Parameters, request: Request, selection: Selection, listed: ListModelsResponse
) -> None:
    """Decide softness and context."""
    grow, feather, context = shape(
        selection,
        preset_named(listed, asked.preset),
        grow=request.grow,
        feather=request.feather,
        context=asked.context,
    )
    asked.MergeFrom(Parameters(grow=grow, feather=feather, context=context))


def _planned(
    selection: Selection, request: Request, asked: Parameters, model: Model | None
) -> tuple[Place, ...]:
    return plan(
        selection,
        request.picture.extent,
        grow=asked.grow,
        feather=asked.feather,
        context=asked.context,
        model=model,
    )


def _planned_for(models: ListModelsResponse, parameters: Parameters) -> Model | None:
    """The model whose working sizes the windows should fit; None leaves that to the daemon."""
    name = parameters.model or (models.default_model if parameters.prompt else "fill")
    return next((model for model in models.models if model.name == name), None)
