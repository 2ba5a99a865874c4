"""The same in plain Python, where a division is one bytecode among several and the way round it takes more of them."""

MASK = 2**64 - 1
BUCKETS = 1000


def arguments(function, arguments):
    """Turn the arrays into lists."""
    keys, count, table, *rest = arguments
    return keys.tolist(), count, table.tolist(), *rest


def by_division(keys, count, table, buckets):
    """Divide for every key."""
    total = 0
    for i in range(count):
        total += table[keys[i] % buckets]
    return total


def by_reciprocal(keys, count, table, buckets):
    """Divide once, and multiply twice for every key."""
    reciprocal = MASK // buckets + 1
    total = 0
    for i in range(count):
        total += table[(reciprocal * keys[i] & MASK) * buckets >> 64]
    return total


def by_constant(keys, count, table):
    """Divide by a constant: Python does not care that it is one."""
    total = 0
    for i in range(count):
        total += table[keys[i] % BUCKETS]
    return total


def by_mask(keys, count, table, buckets):
    """Take the lowest bits."""
    mask = buckets - 1
    total = 0
    for i in range(count):
        total += table[keys[i] & mask]
    return total
