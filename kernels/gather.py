"""Words read or written in the order of an index array. Twin of c_src/gather.c."""

from hwbench.kernels._jit import kernel


@kernel
def read(values, index, count, repeats):
    """Sum values[index[k]] for k < count, `repeats` times; return the sum over all passes (it wraps)."""
    total = 0
    for _ in range(repeats):
        for k in range(count):
            total += values[index[k]]
    return total


@kernel
def write(values, index, count, repeats):
    """Set values[index[k]] = k + the number of the pass; return the word written last."""
    for r in range(repeats):
        for k in range(count):
            values[index[k]] = k + r
    return values[index[count - 1]]
