"""Thin holes (scratches, wires, dust): the smoothest surface through what surrounds them.

The surface u minimises the sum of squared Laplacians, whose Euler-Lagrange equation is the
biharmonic one; it meets its surroundings in value and in slope. Written as least squares over the
places where a whole Laplacian is known or asked for, it needs no border conditions: pixels that
are to be replaced too, or lie outside the picture, simply take part in no equation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import csc_array
from scipy.sparse.linalg import splu

from sfumato.imaging.depth import Colour

STABLE = 1e-9
"""Weight of the pull that decides pixels no equation speaks of; far below a 16-bit level."""


def smooth_surface(colour: Colour, hole: NDArray[np.bool_], source: NDArray[np.bool_]) -> Colour:
    """A copy of ``colour`` (height, width, samples) with ``hole`` filled from ``source`` pixels.

    Both masks are (height, width) and do not overlap. Time grows a little faster than the hole's
    area, 40 ms for 2,000 pixels; meant for holes of up to about a dozen pixels across.
    """
    height, width = hole.shape
    usable = hole | source
    whole = ndimage.binary_erosion(usable, CROSS)
    centres = np.flatnonzero(whole & ndimage.binary_dilation(hole, CROSS))
    targets = np.flatnonzero(hole)
    column = np.full(height * width, -1)
    column[targets] = np.arange(targets.size)

    flat = colour.reshape(height * width, -1).astype(np.float64)
    pull = flat[source.ravel()].mean(axis=0)
    places = centres[:, None] + np.array([0, -1, 1, -width, width])
    weights = np.broadcast_to([4.0, -1.0, -1.0, -1.0, -1.0], places.shape)
    asked = column[places] >= 0
    known = np.where(asked[..., None], 0.0, flat[places] - pull)
    right = -np.einsum("ij,ijk->ik", weights, known)

    rows = np.broadcast_to(np.arange(centres.size)[:, None], places.shape)
    laplacian = csc_array(
        (weights[asked], (rows[asked], column[places][asked])), (centres.size, targets.size)
    )
    normal = laplacian.T @ laplacian
    normal.setdiag(normal.diagonal() + STABLE)
    solver = splu(csc_array(normal), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    flat[targets] = solver.solve(laplacian.T @ right) + pull
    return np.asarray(np.clip(flat, 0, 1), np.float32).reshape(colour.shape)


CROSS = ndimage.generate_binary_structure(2, 1)
