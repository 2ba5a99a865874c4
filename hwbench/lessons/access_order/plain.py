"""Numpy takes an array of places for an index: the look-ups are the same as in C, with a pass more to sum what came."""


def sum_at(places, count, values, rounds):
    """Sum what stands at each of the places."""
    return sum(int(values.take(places[:count]).sum()) for _ in range(rounds))
