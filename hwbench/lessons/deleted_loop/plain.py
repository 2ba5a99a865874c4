"""The same in Python, whose interpreter does each turn: there is nothing that could be deleted, and nothing to keep."""


def arguments(function, arguments):
    """Turn the array into a list of Python's integers."""
    values, *others = arguments
    return values.tolist(), *others


def add(values, rounds, turns):
    """Each addition happens."""
    total = 0
    for i in range(rounds):
        for _ in range(turns):
            total += values[i]
            total += values[i]
            total += values[i]
            total += values[i]
    return total


def add_others(values, rounds, turns):
    """Each addition happens, each of another number."""
    total = 0
    for i in range(rounds):
        for turn in range(turns):
            first = i + 4 * turn
            total += values[first]
            total += values[first + 1]
            total += values[first + 2]
            total += values[first + 3]
    return total


add_kept = add
add_others_kept = add_others
