"""The same filter in plain Python, where a step costs so much else that a slow multiplication may not show."""

OFFSET = 1e-30


def arguments(function, arguments):
    """Turn the input into Python's own numbers."""
    signal, count, passes, keep = arguments
    return signal.tolist(), count, passes, keep


def smooth(signal, count, passes, keep):
    """Filter as it is written in books: when the input falls silent, the state decays until it can get no smaller."""
    state = total = 0.0
    for _ in range(passes):
        for value in signal:
            state = state * keep + value
            total += state
    return total


def smooth_offset(signal, count, passes, keep):
    """Add far too little to matter to each input: the state decays to that, which is still a normal number."""
    state = total = 0.0
    for _ in range(passes):
        for value in signal:
            state = state * keep + (value + OFFSET)
            total += state
    return total
