"""Winograd transforms for 3x3 convolutions over a whole small board.

A direct 3x3 convolution needs 9 multiplications a square; a board cut into a few large tiles needs
little more than one. Along one axis, F(m, 3) gives m outputs of a 3-tap correlation from m + 2
products: y = A ((G g) * (C d)), with g the taps and d the m + 2 inputs around the tile (Winograd
1980; Lavin and Gray 2016, eq. 5). In two dimensions each matrix acts on each axis. The matrices
come from the Toom-Cook interpolation at m + 1 points and infinity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

TAPS = 3
# With these points float32 results of m <= 6 are off by 3e-6 of their size, m = 8 by 5e-5:
# a hundred times less than bfloat16 rounds. Beyond, the error grows by 5 a point.
_POINTS = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 0.75, -4.0 / 3.0)
MAX_TILE = 8


@dataclass(frozen=True)
class AxisTransform:
    """The matrices of one board axis, all its tiles together; n products for `size` squares.

    output: [size, n] (A), kernel: [n, 3] (G), input: [n, size] (C, with the zero padding of one
    square at each end left out).
    """

    output: Matrix
    kernel: Matrix
    input: Matrix

    @property
    def products(self) -> int:
        """The number of products along this axis."""
        return int(self.kernel.shape[0])


def tile_transform(m: int) -> tuple[Matrix, Matrix, Matrix]:
    """Return A [m, m + 2], G [m + 2, 3], C [m + 2, m + 2] of F(m, 3), m in 1 ... 8."""
    n = m + TAPS - 1
    points = np.array(_POINTS[: n - 1])

    def evaluate(terms: int) -> Matrix:
        rows = np.zeros((n, terms))
        rows[:-1] = points[:, None] ** np.arange(terms)
        rows[-1, -1] = 1.0  # the point at infinity: the highest coefficient
        return rows

    output, kernel = evaluate(m).T, evaluate(TAPS)
    inputs = np.linalg.inv(evaluate(n)).T
    # Each product may be scaled freely; even scales keep float32 errors small.
    a, g, c = abs(output).max(axis=0), abs(kernel).max(axis=1), abs(inputs).max(axis=1)
    mean = np.cbrt(a * g * c)
    return output * (mean / a), kernel * (mean / g)[:, None], inputs * (mean / c)[:, None]


def axis_transform(size: int) -> AxisTransform:
    """Return the transform of an axis of `size` squares, cut into as few even tiles as can be."""
    count = -(-size // MAX_TILE)
    tiles = [size // count + (i < size % count) for i in range(count)]
    products = size + (TAPS - 1) * count
    output = np.zeros((size, products))
    kernel = np.zeros((products, TAPS))
    inputs = np.zeros((products, size))
    row = square = 0
    for m in tiles:
        n = m + TAPS - 1
        a, g, c = tile_transform(m)
        output[square : square + m, row : row + n] = a
        kernel[row : row + n] = g
        first = square - 1  # the square before the tile is its first input
        low, high = max(first, 0), min(first + n, size)
        inputs[row : row + n, low:high] = c[:, low - first : high - first]
        row, square = row + n, square + m
    return AxisTransform(output, kernel, inputs)
