"""Copying lists in Python, which counts a reference to every object; and an array of numpy, which has none to count."""

OBJECT_WORDS = 4
VALUE = 3


def arguments(function, arguments):
    """Make the objects in the order in which they are numbered, and list them; or take the numbers packed."""
    if function == "count_down":
        return arguments
    items, _, heap, _, piece = arguments
    values = heap[VALUE::OBJECT_WORDS]
    if function == "copy_packed":
        return values[items], piece
    return values.astype(object)[items].tolist(), piece


def copy(items, piece):
    """Copy a list piece by piece: each reference that is copied is counted in its object, and again when the copy goes."""
    total = 0
    for start in range(0, len(items), piece):
        part = items[start : start + piece]
        total += part[-1]
    return total


def copy_packed(items, piece):
    """Copy an array piece by piece: as many bytes, and no object is looked at."""
    total = 0
    for start in range(0, len(items), piece):
        part = items[start : start + piece].copy()
        total += int(part[-1])
    return total


def count_down(number):
    """Compute for a while, without a call that would let another thread have its turn."""
    while number:
        number -= 1
    return number
