"""Columns of takings and of costs: what is left of all of them?

numba keeps an array of lanes in memory, so the order that suits the CPU is had here by permission: the build with fastmath.
"""

from hwbench.lessons.jit import twin


@twin
def left(taken, paid, count, passes):
    """Each addition rounds, so the order is part of the answer, unless the build says that it is not."""
    total = 0.0
    for _ in range(passes):
        for i in range(count):
            total += taken[i] - paid[i]
    return total


@twin
def left_whole(taken, paid, count, passes):
    """In whole numbers every order gives the same, so the compiler takes the one that it likes."""
    total = 0
    for _ in range(passes):
        for i in range(count):
            total += taken[i] - paid[i]
    return total
