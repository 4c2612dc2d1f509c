"""The first message of a segmentation, checked whole: what to look for, and in which picture."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sfumato.engines.arena import Layout
from sfumato.engines.target import Point, Target
from sfumato.engines.work import RegionWork
from sfumato.service.ability import refuse_unusable
from sfumato.service.catalogue import Catalogue
from sfumato.service.header import checked_request_id
from sfumato.service.planes import MAX_SIDE, AnnouncedPlane, checked_plane
from sfumato.service.segmenters import Find, Segmenter
from sfumato.service.status import invalid, not_found, too_much, unsupported
from sfumato.service.strict import refuse_unknown
from sfumato.settings import Limits
from sfumato_client.geometry import Bounds
from sfumato_client.wire import pixels_pb2 as px
from sfumato_client.wire import segment_pb2 as pb

MAX_POINTS = 64
MAX_BOXES = 32
MAX_TEXT = 400
MAX_COUNT = 32
MAX_GROW = 256
USUAL_CONFIDENCE = 0.3
USUAL_TEXT_CONFIDENCE = 0.2
"""Detectors of what words describe are modest: things they find rightly often have 0.2 to 0.6."""

_NEEDED = {
    find: f"Finding {find} needs a model. Draw a box around it or click on it, or get a model with "
    f"`sfumato models pull {name}` and start the daemon again."
    for find, name in ((Find.TEXT, "owlv2"), (Find.SUBJECT, "birefnet"))
}


@dataclass(frozen=True, slots=True)
class Question:
    """A segmentation as it was asked for, free of wire types; ``segmenter`` is who answers it."""

    request_id: str
    digest: str
    window: Bounds
    plane: AnnouncedPlane
    target: Target
    segmenter: Segmenter

    def laid_out(self) -> tuple[Layout, RegionWork]:
        """Room for the picture and the answer."""
        layout = Layout()
        size = self.window.height, self.window.width
        picture = layout.plane((*size, self.plane.samples), self.plane.dtype)
        answer = layout.plane(size, "uint8")
        return layout, RegionWork(self.window, self.window, picture, answer, None, answer, ())


def asked(header: pb.SegmentHeader, limits: Limits, catalogue: Catalogue) -> Question:
    """The question that a header asks; a ``Refusal`` that names what is wrong with it."""
    refuse_unknown(header)
    window = _window(header.window, limits)
    plane = checked_plane(header.picture, "picture")
    if plane.extent != window.extent:
        raise invalid("picture.extent", "The picture has another size than its window.")
    if plane.encoded_bytes > limits.upload_bytes:
        raise too_much(
            "picture",
            f"The picture is {plane.encoded_bytes} bytes; at most {limits.upload_bytes} are "
            "allowed. Send a smaller part.",
        )
    target = _target(header, window)
    digest = hashlib.sha256(header.SerializeToString(deterministic=True)).hexdigest()
    return Question(
        request_id=checked_request_id(header.request_id),
        digest=digest,
        window=window,
        plane=plane,
        target=target,
        segmenter=_segmenter(header.model, target, catalogue),
    )


def wanted(target: Target) -> tuple[Find, ...]:
    """What an engine must be able to find."""
    named = {
        Find.POINTS: target.points,
        Find.BOXES: target.boxes,
        Find.TEXT: target.text,
        Find.SUBJECT: target.subject,
        Find.FACE: target.face,
    }
    return tuple(find for find, given in named.items() if given)


def _window(bounds: px.Bounds, limits: Limits) -> Bounds:
    window = Bounds(bounds.x, bounds.y, bounds.width, bounds.height)
    if min(window.extent) < 1 or not Bounds(0, 0, MAX_SIDE, MAX_SIDE).contains(window):
        raise invalid("window", "The window has no pixels, or reaches beyond the canvas.")
    if window.area > limits.window_pixels:
        raise too_much(
            "window",
            f"The window has {window.area} pixels; at most {limits.window_pixels} are allowed. "
            "Look at a smaller part.",
        )
    return window


def _target(header: pb.SegmentHeader, window: Bounds) -> Target:
    said = header.target
    points = tuple(Point(point.x, point.y, point.exclude) for point in said.points)
    boxes = tuple(Bounds(box.x, box.y, box.width, box.height) for box in said.boxes)
    _check_pointing(points, boxes, window)
    if len(said.text) > MAX_TEXT:
        raise invalid("target.text", f"The text is longer than {MAX_TEXT} characters.")
    text = said.text.strip()
    if not (points or boxes or text or said.subject or said.face):
        raise invalid("target", "Say what to find: points, boxes, a text, the subject or faces.")
    pointing = bool(points or boxes)
    # What is pointed at is meant, however little it stands out.
    usual = 0.0 if pointing else USUAL_TEXT_CONFIDENCE if text else USUAL_CONFIDENCE
    confidence = header.confidence if header.HasField("confidence") else usual
    if not 0 <= confidence <= 1:
        raise invalid("confidence", f"confidence is {confidence}, not 0 to 1.")
    alone = said.subject and not (pointing or text or said.face)
    count = header.count if header.HasField("count") else 1 if alone else MAX_COUNT
    if not 1 <= count <= MAX_COUNT:
        raise invalid("count", f"count is {count}, not 1 to {MAX_COUNT}.")
    if not 0 <= header.grow <= MAX_GROW:
        raise invalid("grow", f"grow is {header.grow}, not 0 to {MAX_GROW}.")
    return Target(
        points, boxes, text, said.subject, said.face, confidence, count, header.grow, header.invert
    )


def _check_pointing(points: tuple[Point, ...], boxes: tuple[Bounds, ...], window: Bounds) -> None:
    for name, given, most in (("points", points, MAX_POINTS), ("boxes", boxes, MAX_BOXES)):
        if len(given) > most:
            raise invalid(f"target.{name}", f"{len(given)} {name} are more than {most}.")
    for index, point in enumerate(points):
        if not window.contains(Bounds(point.x, point.y, 1, 1)):
            raise invalid(
                f"target.points[{index}]",
                f"The point {point.x},{point.y} lies outside the picture.",
            )
    if points and not boxes and all(point.exclude for point in points):
        raise invalid("target.points", "All points are excluded: click on what is meant, too.")
    for index, box in enumerate(boxes):
        if min(box.extent) < 1 or not box.intersection(window).area:
            raise invalid(f"target.boxes[{index}]", "A box is empty or lies outside the picture.")


def _segmenter(name: str, target: Target, catalogue: Catalogue) -> Segmenter:
    finds = wanted(target)
    if name:
        segmenter = catalogue.segmenters.get(name)
        if segmenter is None:
            refuse_unusable(name, catalogue, "model")
            known = ", ".join(catalogue.segmenters)
            message = f"There is no model {name!r} that selects. Known: {known}."
            raise not_found("MODEL_UNKNOWN", message, "model")
        lacking = [find for find in finds if find not in segmenter.finds]
        if lacking:
            message = f"The model {name} cannot find {_words(lacking)}."
            able = f"It finds {_words(segmenter.finds)}."
            raise unsupported("TARGET_UNSUPPORTED", f"{message} {able}", "target")
        return segmenter
    return _chosen(finds, catalogue)


def _chosen(finds: tuple[Find, ...], catalogue: Catalogue) -> Segmenter:
    """The first that can find all of it; models stand before what needs none."""
    for segmenter in catalogue.segmenters.values():
        if set(finds) <= set(segmenter.finds):
            return segmenter
    known = {find for segmenter in catalogue.segmenters.values() for find in segmenter.finds}
    for find in finds:
        if find not in known:
            raise unsupported("NEEDS_MODEL", _NEEDED[find], "target")
    raise unsupported(
        "TARGET_UNSUPPORTED",
        f"Nothing here finds {_words(finds)} at once. Ask for one after the other.",
        "target",
    )


def _words(finds: tuple[Find, ...] | list[Find]) -> str:
    return " and ".join(find.value for find in finds)
