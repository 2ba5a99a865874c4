"""All the words of an array, summed `stride` words apart: as many passes as the stride is long, each from the next word on."""

from hwbench.lessons.jit import twin


@twin
def sum_by_stride(values, count, stride, rounds):
    """A stride of one uses up each line as it comes; a stride of a line fetches every line once a word."""
    total = 0
    for _ in range(rounds):
        for first in range(stride):
            for place in range(first, count, stride):
                total += values[place]
    return total


@twin
def sum_in_order(values, count, stride, rounds):
    """One pass, whatever the stride was: every line comes once."""
    total = 0
    for _ in range(rounds):
        for place in range(count):
            total += values[place]
    return total
