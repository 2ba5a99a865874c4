"""Look-ups at random places in memory, each with a good deal of work on what was found."""

from hwbench.kernels._machine import prefetch
from hwbench.lessons.jit import twin

AHEAD = 8
SALT = 0x155
WORD = 8


@twin
def look_up(values, places, count, turns):
    """Look up and work, in turn: the next miss is so many instructions away that the core does not see it in time."""
    total = 0
    for item in range(count):
        value = values[places[item]]
        for turn in range(turns):
            value = (value + turn) ^ SALT
        total += value
    return total


@twin
def look_up_ahead(values, places, count, turns):
    """The same, asking for each line some items before it is needed: it comes during the work on the others."""
    total = 0
    first = values.ctypes.data
    for item in range(count):
        prefetch(first + WORD * places[item + AHEAD if item + AHEAD < count else item])
        value = values[places[item]]
        for turn in range(turns):
            value = (value + turn) ^ SALT
        total += value
    return total
