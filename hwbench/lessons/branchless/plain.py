"""The same two ways in plain Python, where a selection has to be made up: a built-in function is called for it."""


def arguments(function, arguments):
    """Turn the array into a list."""
    values, count, limit = arguments
    return values.tolist(), count, limit


def clip_by_jump(values, count, limit):
    """Let an `if` decide which value is added."""
    total = 0
    for i in range(count):
        if values[i] > limit:
            total += limit
        else:
            total += values[i]
    return total


def clip_by_selection(values, count, limit):
    """Let `min` pick the value: no `if` here, but a call, and a comparison with a jump inside of it."""
    total = 0
    for i in range(count):
        total += min(values[i], limit)
    return total
