"""Large systems of equations between neighbouring pixels, solved to far below a level.

Conjugate gradients alone move what they know by a pixel an iteration. Here they are helped by a
coarse picture of the system (Notay, 2010): pixels of a small block that are strongly coupled to
each other move as one, and that much smaller system is solved exactly in each iteration. Blocks
that a weak coupling runs through are parted there, as both sides have little to do with each other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from sfumato.engines.fill.correspondence import Indices

BLOCK = 4
"""Pixels along a block's side."""
STRONG = 0.25
"""The weight of a coupling that holds a block together; 1 is that of equal neighbours."""
ITERATIONS = 25
"""What is left of the error then is a fraction of a level, in the mean a hundredth of one."""
LEAST = np.float32(1e-30)
"""Instead of nothing where something is divided by it."""

Vectors = NDArray[np.float32]


class Pairs(NamedTuple):
    """Coupled unknowns by their numbers, and the weights of the couplings, above 0."""

    one: Indices
    other: Indices
    weight: NDArray[np.float64]


def relaxed(
    pairs: Pairs, own: NDArray[np.float64], right: NDArray[np.float64], y: Indices, x: Indices
) -> Vectors:
    """The unknowns (count, samples) that make their energy least.

    That is the sum of ``weight * |one - other|^2`` over all pairs and ``own * |unknown|^2`` less
    twice their products with ``right`` (count, samples). ``own`` (count) is above 0. ``y`` and
    ``x`` (count) tell where each unknown's pixel lies.
    """
    count = own.size
    diagonal = own + np.bincount(pairs.one, pairs.weight, count)
    diagonal += np.bincount(pairs.other, pairs.weight, count)
    couplings = csr_array((-pairs.weight, (pairs.one, pairs.other)), (count, count))
    every = np.arange(count)
    left = csr_array((diagonal, (every, every)), (count, count)) + couplings + couplings.T
    block = _blocks(pairs, y, x)
    summed = csr_array((np.ones(count), (block, every)), (int(block.max()) + 1, count))
    return _solved(left, np.asarray(right, np.float32), block, summed)


def _blocks(pairs: Pairs, y: Indices, x: Indices) -> Indices:
    """The number of the block that each unknown belongs to."""
    square = y // BLOCK * (int(x.max()) // BLOCK + 1) + x // BLOCK
    held = (square[pairs.one] == square[pairs.other]) & (pairs.weight > STRONG)
    links = np.ones(np.count_nonzero(held)), (pairs.one[held], pairs.other[held])
    _, block = connected_components(csr_array(links, (y.size, y.size)), directed=False)
    return np.asarray(block, np.int64)


def _solved(left: csr_array, right: Vectors, block: Indices, summed: csr_array) -> Vectors:
    """Conjugate gradients for all samples at once, preconditioned by diagonal and blocks."""
    coarse = splu(
        csc_array(summed @ left @ summed.T),
        permc_spec="MMD_AT_PLUS_A",
        options={"SymmetricMode": True},
    )
    scale = np.asarray(1 / left.diagonal(), np.float32)[:, None]
    left, summed = left.astype(np.float32), summed.astype(np.float32)

    def eased(residual: Vectors) -> Vectors:
        moves = coarse.solve(np.asarray(summed @ residual, np.float64))
        return np.asarray(scale * residual + moves.astype(np.float32)[block], np.float32)

    solution, residual = np.zeros_like(right), right.copy()
    direction = eased(residual)
    power = _dots(residual, direction)
    for _ in range(ITERATIONS):
        image = left @ direction
        length = power / np.maximum(_dots(direction, image), LEAST)
        solution += length * direction
        residual -= length * image
        better = eased(residual)
        power, before = _dots(residual, better), power
        direction = np.asarray(better + power / np.maximum(before, LEAST) * direction, np.float32)
    return solution


def _dots(one: Vectors, other: Vectors) -> Vectors:
    """The scalar product of each sample's column; BLAS threads would cost more than they save."""
    return np.asarray(np.einsum("ij,ij->j", one, other))
