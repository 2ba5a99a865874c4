"""Values cut off at a limit and summed, the cut made by a jump and by a selection."""

from numba import int64

from hwbench.kernels._machine import keep_above, select_less
from hwbench.lessons.jit import twin


@twin
def clip_by_jump(values, count, limit):
    """Let a jump decide which value is added: cheap while it can be foreseen."""
    total = 0
    for i in range(count):
        value = int64(values[i])
        if value > limit:
            value = keep_above(limit)
        total += value
    return total


@twin
def clip_by_selection(values, count, limit):
    """Pick one of two values by a conditional move: nothing to foresee, and always the same price."""
    total = 0
    for i in range(count):
        value = int64(values[i])
        total += select_less(limit, value, limit, value)
    return total
