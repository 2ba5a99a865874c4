"""Keep the values above the middle, n times over 131,072 bytes, by numba: the bytes in order, or shuffled."""

import marks

variant, n = marks.arguments()
marks.prepare_numba("any")
import numba  # noqa: E402 - after its settings
import numpy as np  # noqa: E402


@numba.njit(cache=True)
def keep(values: np.ndarray, kept: np.ndarray, n: int) -> int:
    total = 0
    for _ in range(n):
        count = 0
        for value in values:
            if value >= 128:
                kept[count & 1023] = value
                count += 1
        total += count
    return total


ordered = np.arange(1 << 17).astype(np.uint8)
ordered.sort()
shuffled = np.random.default_rng(1).permutation(ordered)
kept = np.ones(1024, dtype=np.uint8)
values = shuffled if variant == "shuffled" else ordered
keep(values, kept, 0)
with marks.region():
    total = keep(values, kept, n)
marks.answer(total)
