"""One edit of a picture, from its pixels to the daemon and back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace

import numpy as np
from google.protobuf.json_format import MessageToDict

from sfumato.cli.additions import Added, weighted, with_images
from sfumato.cli.asking import Sought, found
from sfumato.cli.console import warn
from sfumato.cli.daemon import known_endpoint, own_daemon
from sfumato.cli.named import OWN, Named, session_with
from sfumato.cli.progress import JobProgress, job_progress
from sfumato.cli.rasters import cropped, pixels_of, raster
from sfumato.picture.laying import Patch
from sfumato.picture.picture import Notice, Picture
from sfumato.picture.profile import CLIPPED, Encoding, clips, encoding_of
from sfumato_client import events
from sfumato_client.edit import Edit, Region
from sfumato_client.endpoint import Endpoint
from sfumato_client.errors import SfumatoError
from sfumato_client.geometry import Bounds
from sfumato_client.job import Job
from sfumato_client.outpaint import Growth, tiles
from sfumato_client.plan import Place, plan
from sfumato_client.preset import preset_named, shape
from sfumato_client.selection import Selection
from sfumato_client.session import Session
from sfumato_client.trace import surrounding_trace
from sfumato_client.wire.inpainting_pb2 import OnDisconnect
from sfumato_client.wire.models_pb2 import ListModelsResponse, Model
from sfumato_client.wire.parameters_pb2 import Parameters, Stage

# How long the daemon may take to confirm a cancel before the command leaves anyway.
_CANCEL_SECONDS = 5
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


@dataclass
class Outcome:
    """What came of an edit.

    ``seconds`` has a stage's name and its time, in order; ``encoding`` is the picture's.
    ``extended`` tells whether it is new canvas, and ``aloud`` whether notes are told at once.
    ``on_the_way`` are the results of a recipe's earlier passes.
    """

    encoding: Encoding
    extended: bool = False
    aloud: bool = True
    windows: tuple[Bounds, ...] = ()
    results: list[events.Result] = field(default_factory=list)
    on_the_way: list[events.Result] = field(default_factory=list)
    job: str = ""
    done: events.Done | None = None
    notices: list[Notice] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def pixels_sent(self) -> int:
        """Pixels of all windows together."""
        return sum(window.area for window in self.windows)

    @property
    def made(self) -> dict[tuple[str, int], events.Result]:
        """All results by stage and variation; the name of the last stage is empty."""
        return {(each.stage, each.variation): each for each in (*self.results, *self.on_the_way)}

    @property
    def resolved(self) -> Parameters:
        """Every parameter as it was used."""
        return self.done.resolved if self.done is not None else Parameters()

    @property
    def settings(self) -> dict[str, object]:
        """The same as plain values."""
        return dict(MessageToDict(self.resolved, preserving_proto_field_name=True))

    def patches(self, result: events.Result) -> list[Patch]:
        """A result's pieces as arrays."""
        return [_patch(piece) for piece in result.pieces]

    def take(self, event: events.Event) -> None:
        """Collect an event of the job."""
        match event:
            case events.Accepted(job_id=job_id):
                self.job = job_id
            case events.Result(stage=""):
                self.results.append(event)
            case events.Result():
                self.on_the_way.append(event)
            case events.Notice(code=code, message=message):
                self.note(code, message)
            case events.Done(timings=timings):
                self.done = event
                self.seconds |= timings

    def note(self, code: str, message: str) -> None:
        """Keep something the user should know for the report, and tell it."""
        if self.aloud:
            warn(message)
        self.notices.append(Notice(code, message))


def perform(request: Request, named: Named = OWN, losses: Sequence[Notice] = ()) -> Outcome:
    """Have an edit done by the user's daemon, or by one started for this call.

    ``losses`` are what the result's format cannot hold. Blocks; Ctrl+C cancels the job and raises
    ``KeyboardInterrupt``. Raises ``SfumatoError``.
    """
    outcome = begun_with(request, losses)
    begun = time.perf_counter()
    endpoint = known_endpoint(named)
    with nullcontext(endpoint) if endpoint is not None else own_daemon() as found:
        if endpoint is None:
            outcome.seconds["start the daemon"] = time.perf_counter() - begun
        asyncio.run(_edit(found, request, outcome))
    return outcome


def begun_with(request: Request, losses: Sequence[Notice], *, aloud: bool = True) -> Outcome:
    """What is known of an edit's outcome before it begins."""
    encoding, ignored = encoding_of(request.picture)
    outcome = Outcome(encoding, isinstance(request.target, Growth), aloud)
    for notice in (*request.picture.notices, *losses, *ignored):
        outcome.note(*notice)
    return outcome


async def _edit(endpoint: Endpoint, request: Request, outcome: Outcome) -> None:
    begun = time.perf_counter()
    async with session_with(endpoint) as session:
        with job_progress() as progress:
            edit = await prepared(
                session, await session.models(), request, outcome, phases=progress.say
            )
            outcome.seconds["prepare"] = time.perf_counter() - begun
            await _follow(await session.start(edit), outcome, progress)
    outcome.seconds["in all"] = time.perf_counter() - begun


async def prepared(
    session: Session,
    listed: ListModelsResponse,
    request: Request,
    outcome: Outcome,
    phases: Callable[[str], object],
) -> Edit:
    """The edit as it travels, once the daemon has found what it is to find."""
    picture, encoding = request.picture, outcome.encoding
    if isinstance(request.target, Sought):
        selection = await found(session, picture, request.target, encoding, phases)
        request = replace(request, target=selection)
    edit = await asyncio.to_thread(edit_of, request, listed, encoding)
    outcome.windows = tuple(region.window for region in edit.regions)
    if any(clips(cropped(picture, window), encoding) for window in outcome.windows):
        outcome.note(*CLIPPED)
    return edit


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


async def _follow(job: Job, outcome: Outcome, progress: JobProgress) -> None:
    """Show and collect a job's events; a cancelled task cancels the job."""
    try:
        async for event in job:
            progress.show(event)
            outcome.take(event)
    except asyncio.CancelledError:
        await _give_up(job)
        raise


async def _give_up(job: Job) -> None:
    try:
        async with asyncio.timeout(_CANCEL_SECONDS):
            await job.cancel()
            async for _ in job:
                pass
    except (SfumatoError, TimeoutError):
        return  # ended, as it should; or the daemon ends it when this connection closes


def _planned_for(models: ListModelsResponse, parameters: Parameters) -> Model | None:
    """The model whose working sizes the windows should fit; None leaves that to the daemon."""
    name = parameters.model or (models.default_model if parameters.prompt else "fill")
    return next((model for model in models.models if model.name == name), None)


def _patch(piece: events.Piece) -> Patch:
    width, height = piece.color.extent
    mask = np.frombuffer(piece.mask, np.uint8).reshape(height, width)
    return Patch(piece.bounds, pixels_of(piece.color), mask)
