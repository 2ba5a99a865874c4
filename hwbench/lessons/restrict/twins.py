"""A sum that is kept in an array. May its place be among the numbers that are summed?

numba has no word for it. LLVM helps itself: it compares the addresses before the loop and has a fast loop for the usual answer.
"""

from hwbench.lessons.jit import twin


@twin
def add_behind(values, count, passes, sums):
    """The sum is a place in memory, as far as the source says."""
    sums[0] = 0
    for _ in range(passes):
        for i in range(count):
            sums[0] += values[i]
    return sums[0]


@twin
def add_apart(values, count, passes, sums):
    """The sum is a variable: numba's way to say that nothing else is there."""
    total = 0
    for _ in range(passes):
        for i in range(count):
            total += values[i]
    sums[0] = total
    return sums[0]


add_local = add_apart
add_narrow_behind = add_behind
add_narrow_apart = add_apart
