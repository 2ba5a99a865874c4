"""Readings are summed up to the first that is out of bounds: where a vector would have to stop in its middle."""

import numba

from hwbench.kernels._opaque import keep
from hwbench.lessons.jit import twin

BLOCK = 256


@twin
def sum_to(readings, count, passes, bound):
    """Whether there is a next turn is known only after this one: a compiler will not read or add ahead of that."""
    total = 0
    for _ in range(passes):
        for i in range(count):
            if readings[i] >= bound:
                break
            total += readings[i]
    return total


@twin
def sum_to_in_blocks(readings, count, passes, bound):
    """A block is summed to its end whatever is in it, on vectors; if something was out of bounds, it is gone through again."""
    total = 0
    for _ in range(passes):
        i = 0
        while i + BLOCK <= count:
            part, largest = 0, readings[i]
            for k in range(i, i + BLOCK):
                part += readings[k]
                largest = max(largest, readings[k])
            if largest >= bound:
                break
            total += part
            i += BLOCK
        for k in range(i, count):
            if readings[k] >= bound:
                break
            total += readings[k]
    return total


@twin
def sum_below(readings, count, passes, bound):
    """The same comparison without the exit: readings out of bounds are left out, and all are looked at."""
    total = 0
    for _ in range(keep(passes)):
        for i in range(count):
            total += readings[i] if readings[i] < bound else 0
    return total


@numba.njit(nogil=True, boundscheck=False, inline="never")
def checked(reading, bound):
    """Return a reading, or nothing for one out of bounds."""
    return reading if reading < keep(bound) else 0


@twin
def sum_called(readings, count, passes, bound):
    """The same again with a call, or what is left of one: the compiler cannot put on vectors what it does not see into."""
    total = 0
    for _ in range(passes):
        for i in range(count):
            total += checked(readings[i], bound)
    return total
