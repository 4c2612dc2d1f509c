"""The first message of an edit, checked whole: what becomes a job once its pixels are there."""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass, replace
from typing import Literal

from sfumato.engines.parameters import Parameters
from sfumato.engines.work import Stage
from sfumato.jobs.job import OnDisconnect, Priority
from sfumato.service.ability import resolved
from sfumato.service.announcement import Announcement, announced
from sfumato.service.catalogue import Catalogue
from sfumato.service.outpainting import for_new_canvas, known_picture
from sfumato.service.parameters import parsed
from sfumato.service.planes import Codec, checked_extent
from sfumato.service.presets import usual_operation
from sfumato.service.recipe import named_passes, passes, seam_passes
from sfumato.service.status import invalid, unsupported
from sfumato.service.strict import refuse_unknown
from sfumato.service.vocabulary import ON_DISCONNECT, PRIORITIES
from sfumato.settings import Limits
from sfumato_client.geometry import Bounds, Extent
from sfumato_client.version import PROTOCOL
from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import pixels_pb2 as px

MAX_NAME = 64
MAX_PREVIEW_SIDE = 1024
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

ResultDepth = Literal["uint8", "uint16"] | None


@dataclass(frozen=True, slots=True)
class EditRequest:
    """An edit as it was asked for, free of wire types.

    Its pixels come from ``announcement`` or from the inputs of the job ``stored_input``, and with
    ``repeat`` everything else that decides the result comes from there, too. ``depth``
    is that of the result's colours, None for the picture's, and ``codecs`` are those the client
    reads them in. ``digest`` is of the whole header. ``known`` is where the picture lies on
    a canvas that has grown around it, None for one that has not. With ``stages`` it is a recipe.
    """

    request_id: str
    digest: str
    canvas: Extent
    announcement: Announcement | None
    stored_input: str
    repeat: bool
    parameters: Parameters
    known: Bounds | None
    stages: tuple[Stage, ...]
    engine: str
    depth: ResultDepth
    codecs: tuple[Codec, ...]
    preview_side: int
    priority: Priority
    on_disconnect: OnDisconnect
    private: bool
    client: str
    client_id: str
    title: str
    trace: str


def checked(header: pb.InpaintHeader, limits: Limits, catalogue: Catalogue) -> EditRequest:
    """The edit that a header asks for; a ``Refusal`` that names what is wrong with it."""
    check_protocol(header.protocol)
    refuse_unknown(header)
    _refuse_impossible_recipes(header, catalogue)
    _check_names(header)
    _check_result(header.result)
    canvas = checked_extent(header.canvas, "canvas")
    announcement = _source(header, limits)
    digest = _digest(header)
    extras = announcement.extras if announcement else ()
    # A seed of the request's own bytes: another request differs, the same one does not. Small
    # enough to be entered again: whole numbers in Krita and GIMP end at 2**31 - 1.
    wanted = header.parameters
    seed = int(digest[:7], 16)
    stages: tuple[Stage, ...] = ()
    if wanted.preset in catalogue.recipes:
        stages, parameters, card = named_passes(wanted, extras, seed, catalogue)
    elif header.stages:
        stages, parameters, card = passes(wanted, header.stages, extras, seed, catalogue)
    else:
        usual = usual_operation(wanted.preset, wanted.model, catalogue)
        parameters, card = resolved(parsed(wanted, extras, seed, usual), catalogue)
        stages = seam_passes(parameters, card)
    known = None
    if header.HasField("outpaint"):
        known = known_picture(header.outpaint, canvas)
        parameters = for_new_canvas(parameters, header.outpaint)
        stages = tuple(
            replace(stage, parameters=for_new_canvas(stage.parameters, header.outpaint, not index))
            for index, stage in enumerate(stages)
        )
    return EditRequest(
        request_id=checked_request_id(header.request_id),
        digest=digest,
        canvas=canvas,
        announcement=announcement,
        stored_input=header.stored_input.job_id,
        repeat=header.stored_input.repeat,
        parameters=parameters,
        known=known,
        stages=stages,
        engine=card.engine,
        depth=_depth(header.result.depth),
        codecs=tuple(Codec(codec) for codec in header.result.codecs),
        preview_side=header.result.preview_side,
        priority=_priority(header.priority),
        on_disconnect=ON_DISCONNECT.domain(header.on_disconnect) or OnDisconnect.KEEP,
        private=header.private,
        client=header.client.name,
        client_id=header.client.id,
        title=header.title,
        trace=header.traceparent,
    )


def _digest(header: pb.InpaintHeader) -> str:
    """Tells whether two requests are the same, whatever trace their sending belongs to."""
    asked = pb.InpaintHeader()
    asked.CopyFrom(header)
    asked.ClearField("traceparent")
    return hashlib.sha256(asked.SerializeToString(deterministic=True)).hexdigest()


def check_protocol(protocol: pb.ProtocolVersion) -> None:
    """Refuse another major version, saying which side to update."""
    major = PROTOCOL[0]
    if protocol.major == major:
        return
    side = "the client (plugin or command line)" if protocol.major < major else "the daemon"
    raise unsupported(
        "VERSION_MISMATCH",
        f"The client speaks protocol {protocol.major}.{protocol.minor}, this daemon "
        f"{major}.{PROTOCOL[1]}. Update {side}.",
        "protocol",
    )


def _source(header: pb.InpaintHeader, limits: Limits) -> Announcement | None:
    source = header.WhichOneof("source")
    if source == "regions":
        return announced(header, limits)
    if source is None:
        raise invalid("regions", "The edit has neither regions nor a stored input.")
    if not header.stored_input.job_id:
        raise invalid("stored_input.job_id", "The stored input names no job.")
    pictures = any(control.HasField("plane") for control in header.parameters.controls)
    if header.planes or pictures or header.parameters.references:
        raise invalid("planes", "An edit of a stored input can send no planes.")
    if header.stored_input.repeat and header.HasField("parameters"):
        raise invalid("parameters", "Who repeats a job exactly can say no parameters.")
    if header.HasField("outpaint"):
        raise invalid("outpaint", "A stored input brings the canvas that it was made for.")
    return None


def _refuse_impossible_recipes(header: pb.InpaintHeader, catalogue: Catalogue) -> None:
    if header.stages and header.stored_input.repeat:
        raise invalid("stages", "Who repeats a job exactly can say no stages.")
    if header.stages and header.parameters.preset in catalogue.recipes:
        raise invalid(
            "parameters.preset",
            f"{header.parameters.preset} is a recipe with stages of its own: leave it out, or the "
            "stages.",
        )


def checked_request_id(text: str) -> str:
    """A UUID in its usual form; a ``Refusal`` otherwise."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise invalid("request_id", "request_id is not a UUID.") from None


def _check_names(header: pb.InpaintHeader) -> None:
    names = {
        "client.id": header.client.id,
        "client.name": header.client.name,
        "client.version": header.client.version,
        "title": header.title,
    }
    for path, name in names.items():
        if len(name) > MAX_NAME:
            raise invalid(path, f"{path} is longer than {MAX_NAME} characters.")
        if _CONTROL.search(name):
            raise invalid(path, f"{path} holds control characters, such as line breaks.")
    if header.traceparent and not _TRACEPARENT.fullmatch(header.traceparent):
        raise invalid("traceparent", "traceparent is not a W3C trace context.")


def _check_result(result: pb.ResultFormat) -> None:
    if not 0 <= result.preview_side <= MAX_PREVIEW_SIDE:
        raise invalid(
            "result.preview_side",
            f"result.preview_side is {result.preview_side}, not 0 to {MAX_PREVIEW_SIDE}.",
        )
    if px.CODEC_UNSPECIFIED in result.codecs:
        raise invalid("result.codecs", "result.codecs names an unspecified codec.")


def _priority(priority: pb.Priority) -> Priority:
    said = PRIORITIES.domain(priority)
    # Not `or`: the most urgent class is 0.
    return Priority.INTERACTIVE if said is None else said


def _depth(depth: px.Depth) -> ResultDepth:
    if not depth:
        return None
    return "uint8" if depth == px.DEPTH_U8 else "uint16"
