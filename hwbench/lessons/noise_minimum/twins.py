"""Work that always takes the same number of cycles."""

from hwbench.lessons.jit import twin

FACTOR, MASK = 1103515245, 0x7FFFFFFF


@twin
def mix(values, count, passes):
    """Steps of which each waits for the one before, on numbers that fit the first level: nothing in the core varies."""
    state = 1
    for _ in range(passes):
        for i in range(count):
            state = (state * FACTOR + values[i]) & MASK
    return state
