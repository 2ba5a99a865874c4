"""Loops: matrices summed, transposed and multiplied with the loops in another order.

`size` is that of all matrices together. Values are small whole numbers, so that every sum is exact whatever the order
of its terms.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from hwbench.catalog import Prepared, Work, kernel
from hwbench.catalog.rings import aligned_words
from hwbench.units import KIB

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUM_SIZE = 32 * 1024 * KIB
TRANSPOSE_SIZE = 64 * 1024 * KIB
PRODUCT_SIZE = 6 * 1024 * KIB  # 512 x 512
TRANSPOSE_TILE = 32  # 32 rows of 32 words, read and written: 16 KiB of any first level
PRODUCT_TILE = 64  # 64 x 64 words of b: 32 KiB


def _by(size: int) -> Prepared:
    side = math.isqrt(size // 8)
    matrix = aligned_words(8 * side * side)
    matrix[:] = np.arange(matrix.size) % 1009
    total = int(matrix.sum())
    work = Work(loads=matrix.size, bytes=8 * matrix.size, operations=matrix.size)
    return Prepared((matrix, side, side), work, checksum=lambda repeats: total * repeats)


@kernel("loops.by_rows", function="by_rows", unit="loads", size=SUM_SIZE)
def by_rows(size: int) -> Prepared:
    """Sum a matrix row by row: as it lies in memory."""
    return _by(size)


@kernel("loops.by_columns", function="by_columns", unit="loads", size=SUM_SIZE)
def by_columns(size: int) -> Prepared:
    """Sum a matrix column by column: a line for every word."""
    return _by(size)


def _matrices(size: int, count: int) -> tuple[list[NDArray[np.float64]], int]:
    side = math.isqrt(size // 8 // count)
    made = [aligned_words(8 * side * side).view(np.float64) for _ in range(count)]
    for place, matrix in enumerate(made):
        matrix[:] = (np.arange(matrix.size) + place) % 13
    return made, side


def _transpose(size: int, *tile: int) -> Prepared:
    (origin, to), side = _matrices(size, 2)
    work = Work(loads=to.size, stores=to.size, bytes=16 * to.size)
    return Prepared((origin, to, side, *tile), work, checksum=lambda _: float(origin[(side - 1) * side]))


@kernel("loops.transpose", function="transpose", unit="stores", size=TRANSPOSE_SIZE)
def transpose(size: int) -> Prepared:
    """Transpose a matrix row by row: what is read in order is written a line a word."""
    return _transpose(size)


@kernel("loops.transpose_tiled", function="transpose_tiled", unit="stores", size=TRANSPOSE_SIZE)
def transpose_tiled(size: int) -> Prepared:
    """Transpose a matrix in tiles that fit the first level."""
    return _transpose(size, TRANSPOSE_TILE)


def _product(size: int, *tile: int, stores: int = 0) -> Prepared:
    (a, b, c), side = _matrices(size, 3)
    trace = float(np.trace(a.reshape(side, side) @ b.reshape(side, side)))
    steps = side**3
    return Prepared((a, b, c, side, *tile), Work(flops=2 * steps, loads=2 * steps, stores=stores * steps), checksum=lambda _: trace)


@kernel("loops.product_ijk", function="product_ijk", unit="flops", size=PRODUCT_SIZE)
def product_ijk(size: int) -> Prepared:
    """Multiply matrices by inner products: b is read down its columns."""
    return _product(size)


@kernel("loops.product_ikj", function="product_ikj", unit="flops", size=PRODUCT_SIZE)
def product_ikj(size: int) -> Prepared:
    """Multiply matrices by adding up rows: every inner loop runs along memory."""
    return _product(size, stores=1)


@kernel("loops.product_tiled", function="product_tiled", unit="flops", size=PRODUCT_SIZE)
def product_tiled(size: int) -> Prepared:
    """Multiply matrices by adding up rows, a tile of b at a time."""
    return _product(size, PRODUCT_TILE, stores=1)
