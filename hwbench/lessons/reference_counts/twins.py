"""A list of objects, copied piece by piece, every reference counted, or borrowed: `items` holds the number of each object."""

from hwbench.lessons.jit import twin

OBJECT_WORDS = 4
VALUE = 3


@twin
def copy(items, count, heap, part, piece):
    """Copy a list as CPython does: to copy a reference, it writes to the object."""
    total = 0
    for at in range(0, count, piece):
        size = min(piece, count - at)
        for i in range(size):
            part[i] = items[at + i]
            heap[OBJECT_WORDS * part[i]] += 1
        total += heap[OBJECT_WORDS * part[size - 1] + VALUE]
        for i in range(size):
            heap[OBJECT_WORDS * part[i]] -= 1
    return total


@twin
def borrow(items, count, heap, part, piece):
    """Copy a list whose objects are sure to live on: only the list itself is read."""
    total = 0
    for at in range(0, count, piece):
        size = min(piece, count - at)
        for i in range(size):
            part[i] = items[at + i]
        total += heap[OBJECT_WORDS * part[size - 1] + VALUE]
    return total
