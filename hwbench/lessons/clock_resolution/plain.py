"""The same with Python's best clock: its events take longer, and so does a reading, for the number that it makes."""

from time import perf_counter_ns as now

FACTOR, MASK = 1103515245, 0x7FFFFFFF


def arguments(function, arguments):
    """Turn the array into a list of Python's integers."""
    values, *others = arguments
    return values.tolist(), *others


def event(state, value, steps):
    """An event: so many steps of a generator of numbers."""
    for _ in range(steps):
        state = (state * FACTOR + value) & MASK
    return state


def time_each(values, events, steps):
    """Two readings for each event."""
    state, spent = 1, 0
    for i in range(events):
        before = now()
        state = event(state, values[i], steps)
        spent += now() - before
    return state


def time_all(values, events, steps):
    """Two readings for all."""
    state, before = 1, now()
    for i in range(events):
        state = event(state, values[i], steps)
    _ = now() - before
    return state
