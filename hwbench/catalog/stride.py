"""Strides: every s-th word of an array read or changed. What is priced is a word used; a line is paid for."""

from __future__ import annotations

import numpy as np

from hwbench.catalog import Prepared, Work, kernel
from hwbench.catalog.rings import aligned_words
from hwbench.units import KIB

SIZE = 16 * 1024 * KIB
STRIDES_BYTES = (8, 16, 64, 128, 512, 4096)


def _read(size: int, stride: int) -> Prepared:
    words = aligned_words(size)
    words[:] = np.arange(words.size) % 1009
    used = words[::stride]
    total = int(used.sum())
    work = Work(loads=used.size, bytes=8 * used.size)
    return Prepared((words, words.size, stride), work, checksum=lambda repeats: total * repeats)


for _bytes in STRIDES_BYTES:

    def _prepare(size: int, stride: int = _bytes // 8) -> Prepared:
        return _read(size, stride)

    _prepare.__doc__ = f"Sum one word every {_bytes} bytes."
    kernel(f"stride.read_{_bytes}", function="read", unit="loads", size=SIZE)(_prepare)


def _update(size: int, stride: int) -> Prepared:
    words = aligned_words(size)
    used = len(range(0, words.size, stride))
    work = Work(loads=used, stores=used, bytes=16 * used, operations=used)
    return Prepared((words, words.size, stride), work, checksum=lambda repeats: repeats)


@kernel("stride.update_8", function="update", unit="stores", size=SIZE)
def update_words(size: int) -> Prepared:
    """Add 1 to every word: with stride.update_64 the classic pair, eight times the additions in the same time."""
    return _update(size, 1)


@kernel("stride.update_64", function="update", unit="stores", size=SIZE)
def update_lines(size: int) -> Prepared:
    """Add 1 to one word a line."""
    return _update(size, 8)
