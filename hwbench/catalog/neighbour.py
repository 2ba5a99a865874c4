"""A neighbour that takes memory bandwidth at a set pace, for measurements under load."""

from __future__ import annotations

import numpy as np

from hwbench.catalog import Prepared, Work, kernel
from hwbench.catalog.rings import aligned_words
from hwbench.units import MIB

LINES_A_REPEAT = 16


@kernel(
    "neighbour.read",
    function="read",
    unit="loads",
    size=64 * MIB,
    only_c="a flag that another thread sets needs a volatile load",
)
def read(size: int) -> Prepared:
    """Read line after line of a large array, as a neighbour does that takes the memory's bandwidth."""
    words = aligned_words(size)
    flags = np.zeros(2, dtype=np.int64)
    return Prepared(
        (words, words.size, 8, 0, flags[:1], flags[1:]),
        Work(loads=LINES_A_REPEAT, bytes=64 * LINES_A_REPEAT),
        checksum=lambda repeats: LINES_A_REPEAT * repeats,
    )
