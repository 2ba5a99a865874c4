"""The same two ways in plain Python, where a selection has to be made up: a built-in function is called for it."""


def arguments(function, arguments):
    """Turn the array into a list."""
    values, count, limit = arguments
    return values.tolist(), count, limit


def clip_by_jump(values, count, limit):
    """Let an `if` decide which value is hashed."""
    state = 2166136261
    for i in range(count):
        value = limit if values[i] > limit else values[i]
        state = ((state ^ value) * 16777619) & 0xFFFFFFFF
    return state


def clip_by_selection(values, count, limit):
    """Let `min` pick the value: no `if` here, but a call, and a comparison with a jump inside of it."""
    state = 2166136261
    for i in range(count):
        state = ((state ^ min(values[i], limit)) * 16777619) & 0xFFFFFFFF
    return state
