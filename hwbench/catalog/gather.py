"""Gather and scatter: independent accesses in random order or in order, through the same index array.

Half of `size` is the index, half the values. What a chase over the same lines costs more is the waiting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hwbench.catalog import Prepared, Work, kernel
from hwbench.catalog.rings import aligned_words
from hwbench.units import KIB

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = 32 * 1024 * KIB


def _arrays(size: int, *, shuffled: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    values, index = aligned_words(size // 2), aligned_words(size // 2)
    values[:] = np.arange(values.size) % 1009
    index[:] = np.random.default_rng(1).permutation(values.size) if shuffled else np.arange(values.size)
    return values, index


def _read(size: int, *, shuffled: bool) -> Prepared:
    values, index = _arrays(size, shuffled=shuffled)
    total = int(values.sum())
    work = Work(loads=2 * index.size, bytes=16 * index.size, operations=index.size)
    return Prepared((values, index, index.size), work, checksum=lambda repeats: total * repeats)


def _write(size: int, *, shuffled: bool) -> Prepared:
    arrays: tuple[NDArray[Any], NDArray[Any]] = _arrays(size, shuffled=shuffled)
    count = arrays[1].size
    work = Work(loads=count, stores=count, bytes=16 * count)
    return Prepared((*arrays, count), work, checksum=lambda repeats: count - 1 + repeats - 1)


@kernel("gather.random", function="read", unit="operations", size=SIZE)
def random(size: int) -> Prepared:
    """Sum words in random order, the order known ahead: many misses at a time."""
    return _read(size, shuffled=True)


@kernel("gather.sequential", function="read", unit="operations", size=SIZE)
def sequential(size: int) -> Prepared:
    """Sum words in order through an index array: the same instructions, followed by the prefetcher."""
    return _read(size, shuffled=False)


@kernel("gather.scatter_random", function="write", unit="stores", size=SIZE)
def scatter_random(size: int) -> Prepared:
    """Write words in random order through an index array."""
    return _write(size, shuffled=True)


@kernel("gather.scatter_sequential", function="write", unit="stores", size=SIZE)
def scatter_sequential(size: int) -> Prepared:
    """Write words in order through an index array."""
    return _write(size, shuffled=False)
