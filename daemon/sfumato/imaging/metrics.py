"""How well an edit sits in its picture, in numbers that need no model and no network.

Colours are (height, width, 1 or 3) in floats from 0 to 1, sRGB; an ``area`` is a (height, width)
mask of what was replaced. Compare ``edge_ratio`` and ``ring_difference`` with the untouched
photograph's own: a real photograph has edges and changes of colour too. PSNR and SSIM prefer blur;
read them beside ``sharpness_ratio``.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

from sfumato.imaging.depth import Colour

Area = NDArray[np.bool_]
Plane = NDArray[np.float64]

ARCS = 16
"""The ring around a hole is compared arc by arc, so that errors on two sides do not cancel."""


def psnr(truth: Colour, result: Colour, area: Area) -> float:
    """Peak signal to noise ratio in dB over the area; infinite for equal pictures."""
    error = float(np.mean((truth[area].astype(np.float64) - result[area]) ** 2))
    return float("inf") if error == 0 else -10 * float(np.log10(error))


def ssim(truth: Colour, result: Colour, area: Area) -> float:
    """Structural similarity (Wang et al., 2004), averaged over the area; 1 for equal pictures."""
    _, values = structural_similarity(truth, result, channel_axis=2, data_range=1.0, full=True)
    return float(values[area].mean())


def sharpness_ratio(truth: Colour, result: Colour, area: Area) -> float:
    """Fine detail (deviation from a Gaussian of 1.2 px) in the area, as a share of the truth's."""
    inside = ndimage.binary_erosion(area, iterations=2)
    if not inside.any():
        inside = area
    return float((_detail(result)[inside].mean() + 1e-4) / (_detail(truth)[inside].mean() + 1e-4))


def edge_ratio(picture: Colour, area: Area) -> float:
    """Lightness gradient across the area's border, as a ratio to that 3 to 9 px beside it.

    About 1 where nothing betrays the border; above, it shows as a line.
    """
    lightness = _lab(picture)[..., 0]
    distance = _signed_distance(area)
    normal_x, normal_y = (
        cv2.GaussianBlur(ndimage.sobel(distance, axis), (0, 0), 1.0) for axis in (1, 0)
    )
    length = np.hypot(normal_x, normal_y) + 1e-6
    step_x, step_y = np.zeros_like(lightness), np.zeros_like(lightness)
    step_x[:, :-1] = np.diff(lightness, axis=1)
    step_y[:-1] = np.diff(lightness, axis=0)
    across = np.abs(step_x * normal_x + step_y * normal_y) / length
    on = _inside_frame(np.abs(distance) <= 1)
    beside = _inside_frame((np.abs(distance) > 3) & (np.abs(distance) <= 9))
    return _mean(across, on, 0.25) / _mean(across, beside, 0.25)


def ring_difference(picture: Colour, area: Area, width: int = 4) -> float:
    """Colour difference (CIEDE2000) between the rings inside and outside the area's border.

    The mean over the arcs of every connected part; the smaller, the better the colours meet.
    """
    lab = _lab(picture)
    distance = _signed_distance(area)
    inner, outer = area & (distance <= width), ~area & (-distance <= width)
    labels, count = ndimage.label(area, np.ones((3, 3)))
    nearest = labels
    if not area.all():
        rows, columns = ndimage.distance_transform_edt(~area, return_indices=True)[1]
        nearest = labels[rows, columns]
    y, x = np.indices(area.shape)
    differences = []
    for part in range(1, count + 1):
        middle_y, middle_x = ndimage.center_of_mass(labels == part)
        turn = (np.arctan2(y - middle_y, x - middle_x) / (2 * np.pi)) % 1.0
        arc = np.minimum((turn * ARCS).astype(int), ARCS - 1)
        for index in range(ARCS):
            here = (nearest == part) & (arc == index)
            inside, outside = inner & here, outer & here
            if min(inside.sum(), outside.sum()) >= 8:
                means = lab[inside].mean(axis=0), lab[outside].mean(axis=0)
                differences.append(float(deltaE_ciede2000(*means)))
    return float(np.mean(differences)) if differences else 0.0


def _detail(colour: Colour) -> Plane:
    gray = colour.astype(np.float64).mean(axis=2)
    return np.asarray(np.abs(gray - cv2.GaussianBlur(gray, (0, 0), 1.2)))


def _lab(colour: Colour) -> Plane:
    three = np.broadcast_to(colour, (*colour.shape[:2], 3))
    return np.asarray(rgb2lab(three), np.float64)


def _signed_distance(area: Area) -> Plane:
    """Pixels to the border: positive inside, negative outside, never 0."""
    inside = ndimage.distance_transform_edt(area) - 0.5
    outside = ndimage.distance_transform_edt(~area) - 0.5
    return np.asarray(np.where(area, inside, -outside))


def _inside_frame(area: Area, frame: int = 4) -> Area:
    kept = np.zeros_like(area)
    kept[frame:-frame, frame:-frame] = area[frame:-frame, frame:-frame]
    return kept


def _mean(values: Plane, area: Area, floor: float) -> float:
    return (float(values[area].mean()) if area.any() else 0.0) + floor
