"""Arrays passed through in order. Twin of c_src/stream.c: plain loops, which LLVM vectorises.

There are no twins with stores around the caches: numba has no words for them.
"""

from hwbench.kernels._jit import kernel


@kernel
def read(origin, words, repeats):
    """Sum all words, `repeats` times; return the sum over all passes (it wraps)."""
    total = 0
    for _ in range(repeats):
        for i in range(words):
            total += origin[i]
    return total


@kernel
def write(to, words, value, repeats):
    """Set every word to `value` plus the number of the pass; return the last word written, as do the following."""
    for r in range(repeats):
        now = value + r
        for i in range(words):
            to[i] = now
    return to[words - 1]


@kernel
def copy(origin, to, words, repeats):
    """Set to = origin."""
    for _ in range(repeats):
        for i in range(words):
            to[i] = origin[i]
    return to[words - 1]


@kernel
def scale(origin, to, factor, words, repeats):
    """Set to = factor * origin."""
    for _ in range(repeats):
        for i in range(words):
            to[i] = factor * origin[i]
    return to[words - 1]


@kernel
def add(first, second, to, words, repeats):
    """Set to = first + second."""
    for _ in range(repeats):
        for i in range(words):
            to[i] = first[i] + second[i]
    return to[words - 1]


@kernel
def triad(first, second, to, factor, words, repeats):
    """Set to = first + factor * second."""
    for _ in range(repeats):
        for i in range(words):
            to[i] = first[i] + factor * second[i]
    return to[words - 1]
