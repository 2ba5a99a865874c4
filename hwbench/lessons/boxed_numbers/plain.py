"""The same sum over numpy's array of Python integers and over its array of numbers: one expression, two layouts.

`initial` spares the array of objects the copy of its first one, so that both calls do the same.
"""

VALUE = 3


def arguments(function, arguments):
    """Take the numbers out of the heap: as an array of integer objects, a list of them, or packed."""
    heap, count, rounds = arguments
    if function in ("add_packed", "box_each"):
        return heap[:count], rounds
    objects = heap[heap[:count] + VALUE].astype(object)
    return (objects if function == "add_boxed" else objects.tolist()), rounds


def add_boxed(numbers, rounds):
    """Sum integer objects: each partial sum is a new one."""
    total = 0
    for _ in range(rounds):
        total += numbers.sum(initial=0)
    return total


def add_packed(numbers, rounds):
    """Sum packed numbers: no object but the result."""
    total = 0
    for _ in range(rounds):
        total += int(numbers.sum(initial=0))
    return total


def add_list(numbers, rounds):
    """Sum a list by the built-in function, which keeps small partial sums in a machine word."""
    total = 0
    for _ in range(rounds):
        total += sum(numbers)
    return total


def add_in_a_loop(numbers, rounds):
    """Sum a list by the interpreter: instructions to fetch, counts of references to keep, and a new object each time."""
    total = 0
    for _ in range(rounds):
        for number in numbers:
            total += number
    return total


def box_each(numbers, rounds):
    """Sum packed numbers one by one: each is put into a box to be handed out, and added out of it."""
    total = 0
    for _ in range(rounds):
        for number in numbers:
            total += int(number)
    return total
