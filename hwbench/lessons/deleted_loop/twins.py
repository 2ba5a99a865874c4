"""Additions of one number, again and again, as someone would write who wants to know how long an addition takes: four in a
turn, so that the loop's own step and jump are done beside them.
"""

from hwbench.kernels._opaque import keep
from hwbench.lessons.jit import twin


@twin
def add_kept(values, rounds, turns):
    """Each addition happens: the compiler does not know what is in the total after it."""
    total = 0
    for i in range(rounds):
        for _ in range(turns):
            total = keep(total + values[i])
            total = keep(total + values[i])
            total = keep(total + values[i])
            total = keep(total + values[i])
    return total


@twin
def add(values, rounds, turns):
    """The same source without that: the compiler multiplies, and no turn ever happens."""
    total = 0
    for i in range(rounds):
        for _ in range(turns):
            total += values[i]
            total += values[i]
            total += values[i]
            total += values[i]
    return total


@twin
def add_others_kept(values, rounds, turns):
    """Each addition is of another number from memory, which nobody can foresee: each happens, kept ..."""
    total = 0
    for i in range(rounds):
        for turn in range(turns):
            first = i + 4 * turn
            total = keep(total + values[first])
            total = keep(total + values[first + 1])
            total = keep(total + values[first + 2])
            total = keep(total + values[first + 3])
    return total


@twin
def add_others(values, rounds, turns):
    """... or not."""
    total = 0
    for i in range(rounds):
        for turn in range(turns):
            first = i + 4 * turn
            total += values[first]
            total += values[first + 1]
            total += values[first + 2]
            total += values[first + 3]
    return total
