"""Streams: arrays read, written and combined in order; `size` is that of all arrays together.

Bytes are those that the program moves: a write is 8 a word, a copy 16, though the hardware may also read what it
overwrites.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hwbench import native
from hwbench.catalog import Prepared, Work, kernel
from hwbench.catalog.rings import aligned_words
from hwbench.records import Unavailable
from hwbench.units import KIB

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = 256 * KIB
VALUE = 3.0
FACTOR = 0.5
NO_TWIN = "numba has no stores that go around the caches"


def _floats(size: int, arrays: int) -> list[NDArray[np.float64]]:
    """Return so many arrays that fill `size` bytes together; their values are small whole numbers."""
    words = size // 8 // arrays
    made = [aligned_words(8 * words).view(np.float64) for _ in range(arrays)]
    for place, array in enumerate(made):
        array[:] = (np.arange(words) + 7 * place) % 1009
    return made


@kernel("stream.read", function="read", unit="bytes", size=SIZE)
def read(size: int) -> Prepared:
    """Sum an array of 64-bit integers."""
    words = aligned_words(size)
    words[:] = np.arange(words.size) % 1009
    total = int(words.sum())
    work = Work(loads=words.size, bytes=8 * words.size, operations=words.size)
    return Prepared((words, words.size), work, checksum=lambda repeats: total * repeats)


@kernel("stream.write", function="write", unit="bytes", size=SIZE)
def write(size: int) -> Prepared:
    """Set every word of an array."""
    (to,) = _floats(size, 1)
    return Prepared((to, to.size, VALUE), _written(to.size), checksum=lambda repeats: VALUE + repeats - 1)


@kernel("stream.write_around", function="write_around", unit="bytes", size=64 * 1024 * KIB, only_c=NO_TWIN)
def write_around(size: int) -> Prepared | Unavailable:
    """Set every word of an array with stores that go around the caches."""
    refusal = streaming_stores()
    return write(size) if refusal is None else refusal


@kernel("stream.copy", function="copy", unit="bytes", size=SIZE)
def copy(size: int) -> Prepared:
    """Copy an array."""
    origin, to = _floats(size, 2)
    return Prepared((origin, to, to.size), _combined(to.size, 1, 0), checksum=lambda _: float(origin[-1]))


@kernel("stream.copy_around", function="copy_around", unit="bytes", size=64 * 1024 * KIB, only_c=NO_TWIN)
def copy_around(size: int) -> Prepared | Unavailable:
    """Copy an array with stores that go around the caches."""
    refusal = streaming_stores()
    return copy(size) if refusal is None else refusal


@kernel("stream.scale", function="scale", unit="bytes", size=SIZE)
def scale(size: int) -> Prepared:
    """Multiply an array by a number."""
    origin, to = _floats(size, 2)
    work = _combined(to.size, 1, 1)
    return Prepared((origin, to, FACTOR, to.size), work, checksum=lambda _: float(FACTOR * origin[-1]))


@kernel("stream.add", function="add", unit="bytes", size=SIZE)
def add(size: int) -> Prepared:
    """Add two arrays."""
    first, second, to = _floats(size, 3)
    work = _combined(to.size, 2, 1)
    return Prepared((first, second, to, to.size), work, checksum=lambda _: float(first[-1] + second[-1]))


@kernel("stream.triad", function="triad", unit="bytes", size=SIZE)
def triad(size: int) -> Prepared:
    """Add to an array the multiple of another."""
    first, second, to = _floats(size, 3)
    return Prepared(
        (first, second, to, FACTOR, to.size),
        _combined(to.size, 2, 2),
        checksum=lambda _: float(first[-1] + FACTOR * second[-1]),
    )


def streaming_stores() -> Unavailable | None:
    """Say why there are no stores that go around the caches; None where there are."""
    best: Any = native.best()
    if isinstance(best, Unavailable):
        return best
    if best.lib.cpu_has_streaming_store():
        return None
    return Unavailable(reason="no stores that go around the caches on this CPU")


def _written(words: int) -> Work:
    return Work(stores=words, bytes=8 * words)


def _combined(words: int, origins: int, flops: int) -> Work:
    return Work(loads=origins * words, stores=words, bytes=8 * (origins + 1) * words, flops=flops * words)
