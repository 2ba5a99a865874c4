"""Step a random number generator n times: the same function compiled by numba, or interpreted."""

import marks

variant, n = marks.arguments()
marks.prepare_numba("any")
import numba  # noqa: E402 - after its settings


@numba.njit(cache=True)
def step(n: int, modulus: int) -> int:
    state = 1
    for _ in range(n):
        state = (state * 48271 + 11) % modulus
    return state


step(1, 2147483647)
work = step.py_func if variant == "interpreted" else step
with marks.region():
    state = work(n, 2147483647)
marks.answer(state)
