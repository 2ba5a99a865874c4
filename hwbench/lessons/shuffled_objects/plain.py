"""The same list as Python has it: integer objects, made in the order of their numbers and listed in another."""

OBJECT_WORDS = 4
VALUE = 3


def arguments(function, arguments):
    """Make the objects one after the other, so that they lie in that order, and list them in the order asked for."""
    order, _, heap, rounds = arguments
    objects = heap[VALUE::OBJECT_WORDS].astype(object)
    numbers = objects[order].tolist()
    if function == "walk_sorted":
        numbers.sort()
    return numbers, rounds


def walk(numbers, rounds):
    """Sum a list: the loop is the built-in's, so that hardly anything hides the objects' misses."""
    total = 0
    for _ in range(rounds):
        total += sum(numbers)
    return total


walk_sorted = walk
"""The same, of a list that was sorted by value after its objects were made."""
