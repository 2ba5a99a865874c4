"""The same join over lists: a loop in a loop, or a dictionary of lists in front."""


def arguments(function, arguments):
    """Turn the arrays into lists: keys, and pairs of a key and a value."""
    return arguments[0][: arguments[1]].tolist(), pairs(arguments[2]), arguments[4]


def pairs(words):
    """Return rows as tuples."""
    return list(zip(words[::2].tolist(), words[1::2].tolist(), strict=True))


def matches(rows, wanted):
    """Add up the values of the rows that have this key."""
    total = 0
    for key, value in rows:
        if key == wanted:
            total += value
    return total


def nested(outer, inner, buckets):
    """Every outer row against every inner row."""
    total = 0
    for key in outer:
        total += matches(inner, key)
    return total


def hashed(outer, inner, buckets):
    """Group the inner rows once, by the lowest bits of their keys as in C, then every outer row against those of its bucket."""
    total, groups = 0, {}
    for row in inner:
        groups.setdefault(row[0] & (buckets - 1), []).append(row)
    for key in outer:
        total += matches(groups[key & (buckets - 1)], key)
    return total
