"""Numbers in boxes as CPython makes them, in one array: first the list of references, then the objects."""

import numpy as np

from hwbench.kernels._opaque import keep
from hwbench.lessons.jit import twin

VALUE = 3


@twin
def add_boxed(heap, count, rounds):
    """Sum numbers in boxes: a load for the reference, and one for the value that has to wait for it."""
    total = 0
    for _ in range(rounds):
        for i in range(keep(count)):
            total += heap[np.uint64(heap[i]) + np.uint64(VALUE)]  # unsigned: it need not be looked at for a minus
    return total


@twin
def add_packed(numbers, count, rounds):
    """Sum packed numbers: a load each, several of them to a line."""
    total = 0
    for _ in range(rounds):
        for i in range(keep(count)):
            total += numbers[i]
    return total
