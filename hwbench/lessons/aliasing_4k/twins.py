"""A machine of up to 256 states: a table holds the state that follows each, and entry 0 the one to begin with."""

import numpy as np

from hwbench.lessons.jit import twin

ALIKE = 4096


@twin
def alike(room, address):
    """Return the first place in `room` that lies a multiple of 4 KiB away from an address."""
    return (address - np.int64(room.ctypes.data)) % ALIKE


@twin
def alias(table, turns, room):
    """Show the state in a cell whose address has the low 12 bits of the table's first entry in use."""
    state, total = int(table[0]), 0
    cell = alike(room, np.int64(table.ctypes.data) + state)
    for _ in range(turns):
        room[cell] = state
        total += state
        state = int(table[state])
    total += room[cell]
    room[cell] = 0
    return total


@twin
def apart(table, turns, room):
    """Show it half of that distance away from there."""
    state, total = int(table[0]), 0
    cell = alike(room, np.int64(table.ctypes.data) + state + ALIKE // 2)
    for _ in range(turns):
        room[cell] = state
        total += state
        state = int(table[state])
    total += room[cell]
    room[cell] = 0
    return total
