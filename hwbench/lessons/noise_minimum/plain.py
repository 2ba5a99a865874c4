"""The same work in Python: more cycles for a step, and just as much at the mercy of who else wants the CPU."""

FACTOR, MASK = 1103515245, 0x7FFFFFFF


def arguments(function, arguments):
    """Turn the array into a list of Python's integers."""
    values, *others = arguments
    return values.tolist(), *others


def mix(values, count, passes):
    """Steps of which each needs the one before."""
    state = 1
    for _ in range(passes):
        for value in values:
            state = (state * FACTOR + value) & MASK
    return state
