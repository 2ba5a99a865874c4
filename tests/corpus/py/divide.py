"""Scale and sum 1,024 numbers n times, by numba without its vectorizers: multiplying by a half, or dividing by two."""

import marks

variant, n = marks.arguments()
marks.prepare_numba("any", NUMBA_LOOP_VECTORIZE="0", NUMBA_SLP_VECTORIZE="0")
import numba  # noqa: E402 - after its settings
import numpy as np  # noqa: E402


@numba.njit(cache=True, error_model="numpy")
def divided(numbers: np.ndarray, by: float, n: int) -> float:
    a = b = c = d = 0.0
    for _ in range(n):
        for i in range(0, len(numbers), 4):
            a += numbers[i] / by
            b += numbers[i + 1] / by
            c += numbers[i + 2] / by
            d += numbers[i + 3] / by
    return a + b + c + d


@numba.njit(cache=True, error_model="numpy")
def multiplied(numbers: np.ndarray, by: float, n: int) -> float:
    a = b = c = d = 0.0
    for _ in range(n):
        for i in range(0, len(numbers), 4):
            a += numbers[i] * by
            b += numbers[i + 1] * by
            c += numbers[i + 2] * by
            d += numbers[i + 3] * by
    return a + b + c + d


numbers = np.arange(1024) % 100.0
work, by = (divided, 2.0) if variant == "divide" else (multiplied, 0.5)
work(numbers, by, 0)
with marks.region():
    total = work(numbers, by, n)
marks.answer(int(total))
