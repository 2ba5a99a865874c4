"""The same with Python's objects: an item made anew for each value, or taken from a list of items made before."""

BATCH = 32


class Item:
    """A value, and the item after it."""

    __slots__ = ("after", "value")

    def __init__(self, after, value):
        self.after = after
        self.value = value


POOL = [Item(None, 0) for _ in range(BATCH)]


def arguments(function, arguments):
    """Turn the values into Python's own numbers."""
    values, count, uses, room = arguments
    return values.tolist(), count, uses, room


def total_of(first, uses):
    """Walk a list so many times and sum its values."""
    total = 0
    for _ in range(uses):
        item = first
        while item is not None:
            total += item.value
            item = item.after
    return total


def by_malloc(values, count, uses, room):
    """Make an object for each value: memory for it, a call to fill it in, and its end when nobody refers to it."""
    total = 0
    for start in range(0, count, BATCH):
        first = None
        for value in values[start : start + BATCH]:
            first = Item(first, value)
        total += total_of(first, uses)
    return total


def from_arena(values, count, uses, room):
    """Fill in the objects of the pool again and again."""
    total = 0
    for start in range(0, count, BATCH):
        first = None
        for item, value in zip(POOL, values[start : start + BATCH], strict=True):
            item.after = first
            item.value = value
            first = item
        total += total_of(first, uses)
    return total
