"""A queue in memory: each turn pushes the state of a calculation and pops what was pushed `lag` turns before.

numba would join two stores into one: they go through addresses, at which LLVM leaves stores and loads as they are.
"""

import numpy as np

from hwbench.kernels._memory import read_word, write_half, write_word
from hwbench.lessons.jit import twin

TURNS = 1024
MIX = 6364136223846793005


@twin
def halves(items, cells, lag, passes):
    """Push halves, pop them together: no one store holds what the load wants, so it waits until both are in the cache."""
    pop = np.int64(cells.ctypes.data)
    push, state = pop + 8 * lag, 0
    for _ in range(passes):
        for turn in range(TURNS):
            write_half(push + 8 * turn, state)
            write_half(push + 8 * turn + 4, state >> 32)
            state = state * MIX + items[turn] + read_word(pop + 8 * turn)
    return state


@twin
def whole(items, cells, lag, passes):
    """Push and pop the whole: the load is served by the store that still waits for its turn at the cache."""
    pop = np.int64(cells.ctypes.data)
    push, state = pop + 8 * lag, 0
    for _ in range(passes):
        for turn in range(TURNS):
            write_word(push + 8 * turn, state)
            state = state * MIX + items[turn] + read_word(pop + 8 * turn)
    return state
