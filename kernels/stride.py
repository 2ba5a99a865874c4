"""One word is read, the next so many words further on. Twin of c_src/stride.c."""

from hwbench.kernels._jit import kernel


@kernel
def read(origin, words, stride, repeats):
    """Sum words 0, stride, 2 * stride, … below `words`, `repeats` times; return the sum over all passes (it wraps)."""
    total = 0
    for _ in range(repeats):
        for i in range(0, words, stride):
            total += origin[i]
    return total


@kernel
def update(words_in, words, stride, repeats):
    """Add 1 to the same words, `repeats` times; return word 0."""
    for _ in range(repeats):
        for i in range(0, words, stride):
            words_in[i] += 1
    return words_in[0]
