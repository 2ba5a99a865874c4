"""A list of objects: `items` holds the number of each, `heap` the objects, each a count, a type, a size and a value."""

import numpy as np

from hwbench.kernels._opaque import keep
from hwbench.lessons.jit import twin

OBJECT_WORDS = 4
VALUE = 3


@twin
def walk(items, count, heap, rounds):
    """Sum what a list refers to: where its objects lie decides whether they are fetched ahead."""
    total = 0
    for _ in range(rounds):
        for i in range(keep(count)):
            item = np.uint64(items[i])  # unsigned: it need not be looked at for a minus
            total += heap[np.uint64(OBJECT_WORDS) * item + np.uint64(VALUE)]
    return total
