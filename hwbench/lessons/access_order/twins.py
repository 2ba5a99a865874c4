"""Look-ups in an array, at places that are known beforehand: no look-up waits for another."""

from hwbench.lessons.jit import twin


@twin
def sum_at(places, count, values, rounds):
    """Sum what stands at each of the places: their order is the order in which lines are asked for."""
    total = 0
    for _ in range(rounds):
        for turn in range(count):
            total += values[places[turn]]
    return total
