"""One loop: to every sum a share of a value is added. Which instructions it becomes is for the compiler to say."""

import numpy as np

from hwbench.kernels._opaque import keep
from hwbench.lessons.jit import twin

SHARE = np.float32(1 / 4096)


@twin
def add(values, count, passes, sums):
    """Every turn of the loop is free of all others: a compiler that may use vectors does several of them at once."""
    total = 0.0
    for i in range(count):
        sums[i] = 1.0
    for _ in range(keep(passes)):
        for i in range(count):
            sums[i] += SHARE * values[i]
    for i in range(count):
        total += sums[i]
    return total


@twin
def add_one_by_one(values, count, passes, sums):
    """The same, but the compiler does not know which place the next turn will be for: it has to take them one by one."""
    total = 0.0
    for i in range(count):
        sums[i] = 1.0
    for _ in range(passes):
        for i in range(count):
            sums[keep(i)] += SHARE * values[i]
    for i in range(count):
        total += sums[i]
    return total
