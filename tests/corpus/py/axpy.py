"""y += a x over arrays that stay in the first cache, n times, by numba with LLVM's vectorizers on or off."""

import marks

variant, n = marks.arguments()
marks.prepare_numba(
    variant, **({"NUMBA_LOOP_VECTORIZE": "0", "NUMBA_SLP_VECTORIZE": "0"} if variant == "scalar" else {})
)
import numba  # noqa: E402 - after its settings
import numpy as np  # noqa: E402


@numba.njit(cache=True)
def add_scaled(y: np.ndarray, x: np.ndarray, n: int) -> None:
    for i in range(n):
        a = np.float32(1 if i % 2 else -1)
        for j in range(len(y)):
            y[j] += a * x[j]


x, y = np.arange(2048, dtype=np.float32), np.ones(2048, dtype=np.float32)
add_scaled(y, x, 0)
with marks.region():
    add_scaled(y, x, n)
marks.answer(int(y.sum()))
