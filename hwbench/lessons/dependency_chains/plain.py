"""The same in plain Python, whose numbers have no end: what is beyond 64 bits is cut off at each step.

Each step is dozens of machine instructions of the interpreter, which have to be got through in any order of the steps.
"""

AT_ONCE = 4
MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


def arguments(function, arguments):
    """Turn the arrays into lists."""
    terms, degree, points, count = arguments
    return terms.tolist(), degree, points.tolist(), count


def signed(state):
    """Return 64 bits as a signed number."""
    return state - 2**64 if state >> 63 else state


def with_value(state, value):
    """Hash the values in order."""
    state = (state ^ value) * GOLDEN & MASK
    return (state ^ state >> 32) * GOLDEN & MASK


def one_chain(terms, degree, points, count):
    """Go point after point."""
    state = 0
    for p in range(count):
        x, y = points[p], 0
        for t in range(degree):
            y = (y * x + terms[t]) & MASK
        state = with_value(state, y)
    return signed(state)


def four_chains(terms, degree, points, count):
    """Do four points at once."""
    state = 0
    for p in range(0, count, AT_ONCE):
        w, x, y, z = points[p : p + AT_ONCE]
        a, b, c, d = 0, 0, 0, 0
        for t in range(degree):
            a = (a * w + terms[t]) & MASK
            b = (b * x + terms[t]) & MASK
            c = (c * y + terms[t]) & MASK
            d = (d * z + terms[t]) & MASK
        for y in (a, b, c, d):
            state = with_value(state, y)
    return signed(state)
