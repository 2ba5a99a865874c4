"""Events of a few cycles each, and a clock that is read around them: around each one, or around all."""

import time

import numpy as np
from numba import types

from hwbench.kernels._opaque import keep
from hwbench.lessons.jit import twin

FACTOR, MASK = 1103515245, 0x7FFFFFFF
CLOCK = time.CLOCK_MONOTONIC
clock_gettime = types.ExternalFunction("clock_gettime", types.int32(types.int32, types.intp))


@twin
def now(pair):
    """Return the clock's reading in ns; `pair` is where the system writes its seconds and nanoseconds."""
    clock_gettime(CLOCK, pair.ctypes.data)
    return 1_000_000_000 * pair[0] + pair[1]


@twin
def event(state, value, steps):
    """An event: so many steps of a generator of numbers, of which each waits for the one before."""
    for _ in range(steps):
        state = (state * FACTOR + value) & MASK
    return state


@twin
def time_each(values, events, steps):
    """Two readings for each event: the core spends its time on the clock."""
    pair = np.zeros(2, np.int64)
    state, spent = 1, 0
    for i in range(events):
        before = now(pair)
        state = keep(event(state, values[i], steps))
        spent += now(pair) - before
    keep(spent)
    return state


@twin
def time_all(values, events, steps):
    """Two readings for all: the mean of an event is as exact, and hardly anything is spent on the clock."""
    pair = np.zeros(2, np.int64)
    state, before = 1, now(pair)
    for i in range(events):
        state = keep(event(state, values[i], steps))
    keep(now(pair) - before)
    return state
