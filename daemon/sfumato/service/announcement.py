"""The header of an edit, checked before a byte of its pixels is taken.

What comes out says where each plane goes, so that receiving is copying. Ranges are those of
``protos/sfumato/v1``; what depends on the model is ``service.parameters``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sfumato.service.planes import AnnouncedPlane, Codec, checked_extent, checked_plane
from sfumato.service.status import invalid, too_much
from sfumato.settings import Limits
from sfumato_client.geometry import Bounds, Extent
from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import pixels_pb2 as px

REFERENCE_PIXELS = 4_000_000


@dataclass(frozen=True, slots=True)
class AnnouncedRegion:
    """One piece of the canvas; ``picture``, ``selection`` and ``mask`` index the planes."""

    window: Bounds
    core: Bounds
    picture: int
    selection: int
    mask: int | None


@dataclass(frozen=True, slots=True)
class Announcement:
    """All planes and what they are for; ``extras`` are those of controls and references."""

    canvas: Extent
    planes: tuple[AnnouncedPlane, ...]
    regions: tuple[AnnouncedRegion, ...]
    extras: tuple[int, ...]


def announced(header: pb.InpaintHeader, limits: Limits) -> Announcement:
    """What the header announces; a ``Refusal`` that names the field where it is not allowed."""
    regions = header.regions.regions
    if not regions:
        raise invalid("regions.regions", "The edit has no regions: nothing is to be changed.")
    if len(regions) > limits.regions:
        raise too_much(
            "regions.regions",
            f"The edit has {len(regions)} regions; at most {limits.regions} are allowed. "
            "Edit fewer places at once.",
        )
    if len(header.planes) > 4 + 3 * len(regions):
        raise invalid(
            "planes", f"{len(header.planes)} planes are more than {len(regions)} regions can use."
        )
    canvas = checked_extent(header.canvas, "canvas")
    planes = tuple(checked_plane(plane, f"planes[{i}]") for i, plane in enumerate(header.planes))
    _check_upload(planes, limits)
    checked = tuple(
        _region(region, f"regions.regions[{i}]", canvas, planes, limits)
        for i, region in enumerate(regions)
    )
    _check_together(checked, limits)
    extras = tuple(_extras(header, planes, checked[0]))
    _check_all_used(planes, checked, extras)
    return Announcement(canvas, planes, checked, extras)


def _check_upload(planes: Sequence[AnnouncedPlane], limits: Limits) -> None:
    total = sum(plane.encoded_bytes for plane in planes)
    if total > limits.upload_bytes:
        raise too_much(
            "planes",
            f"The edit's pixels are {total} bytes; at most {limits.upload_bytes} are allowed. "
            "Select a smaller part.",
        )


def _region(
    region: pb.Region,
    path: str,
    canvas: Extent,
    planes: Sequence[AnnouncedPlane],
    limits: Limits,
) -> AnnouncedRegion:
    window = _inside(region.window, f"{path}.window", Bounds.of(canvas), "the canvas")
    if window.area > limits.window_pixels:
        raise too_much(
            f"{path}.window",
            f"The window of {window.width}x{window.height} has {window.area} pixels; at most "
            f"{limits.window_pixels} are allowed. Select a smaller part.",
        )
    core = window
    if region.HasField("core"):
        core = _inside(region.core, f"{path}.core", window, "its window")
    _picked(planes, region.picture, f"{path}.picture", window.extent)
    _coverage(planes, region.selection, f"{path}.selection", window.extent)
    mask = region.mask if region.HasField("mask") else None
    if mask is not None:
        _coverage(planes, mask, f"{path}.mask", window.extent)
    return AnnouncedRegion(window, core, region.picture, region.selection, mask)


def _inside(bounds: px.Bounds, path: str, outer: Bounds, outer_name: str) -> Bounds:
    found = Bounds(bounds.x, bounds.y, bounds.width, bounds.height)
    if found.width < 1 or found.height < 1:
        raise invalid(path, f"{path} is {found.width}x{found.height}; both sides are at least 1.")
    if not outer.contains(found):
        raise invalid(path, f"{path} reaches beyond {outer_name}.")
    return found


def _picked(
    planes: Sequence[AnnouncedPlane], index: int, path: str, extent: Extent
) -> AnnouncedPlane:
    if not 0 <= index < len(planes):
        raise invalid(path, f"{path} is {index}, but {len(planes)} planes are announced.")
    plane = planes[index]
    if plane.extent != extent:
        raise invalid(
            path,
            f"{path} is a plane of {plane.extent.width}x{plane.extent.height}, but its window is "
            f"{extent.width}x{extent.height}.",
        )
    return plane


def _coverage(planes: Sequence[AnnouncedPlane], index: int, path: str, extent: Extent) -> None:
    plane = _picked(planes, index, path, extent)
    if (plane.samples, plane.dtype, plane.codec) != (1, "uint8", Codec.DEFLATE):
        raise invalid(path, f"{path} must be a gray plane at 8 bit, packed with DEFLATE.")


def _check_together(regions: Sequence[AnnouncedRegion], limits: Limits) -> None:
    pixels = sum(region.window.area for region in regions)
    if pixels > limits.edit_pixels:
        raise too_much(
            "regions.regions",
            f"The edit's windows have {pixels} pixels together; at most {limits.edit_pixels} are "
            "allowed. Edit fewer places at once.",
        )
    for i, region in enumerate(regions):
        for j in range(i):
            if region.core.intersection(regions[j].core).area:
                raise invalid(
                    f"regions.regions[{i}].core", f"The cores of the regions {j} and {i} overlap."
                )


def _extras(
    header: pb.InpaintHeader, planes: Sequence[AnnouncedPlane], first: AnnouncedRegion
) -> list[int]:
    """The planes of control and reference images, each once, in the order of their naming."""
    extras: list[int] = []
    for i, control in enumerate(header.parameters.controls):
        if control.HasField("plane"):
            path = f"parameters.controls[{i}].plane"
            _picked(planes, control.plane, path, first.window.extent)
            if len(header.regions.regions) > 1:
                raise invalid(
                    path,
                    "A control image belongs to one region, but the edit has "
                    f"{len(header.regions.regions)}. Select less at once, or in one piece.",
                )
            extras.append(control.plane)
    for i, reference in enumerate(header.parameters.references):
        path = f"parameters.references[{i}].plane"
        if not 0 <= reference.plane < len(planes):
            raise invalid(path, f"{path} is {reference.plane}, but no such plane is announced.")
        plane = planes[reference.plane]
        if plane.samples < 3 or plane.dtype != "uint8" or plane.extent.area > REFERENCE_PIXELS:
            raise invalid(
                path,
                f"{path} must be RGB or RGBA at 8 bit with at most {REFERENCE_PIXELS} pixels.",
            )
        extras.append(reference.plane)
    return list(dict.fromkeys(extras))


def _check_all_used(
    planes: Sequence[AnnouncedPlane],
    regions: Sequence[AnnouncedRegion],
    extras: Sequence[int],
) -> None:
    used = set(extras)
    for region in regions:
        used |= {region.picture, region.selection}
        if region.mask is not None:
            used.add(region.mask)
    for index in range(len(planes)):
        if index not in used:
            raise invalid(f"planes[{index}]", f"No region and no parameter uses planes[{index}].")
