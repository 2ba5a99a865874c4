"""Polynomials by Horner's rule at many points, modulo 2^64: the same arithmetic in one chain and in four at once."""

from numba import int64, uint64

from hwbench.lessons.jit import twin

AT_ONCE = 4
GOLDEN = uint64(0x9E3779B97F4A7C15)


@twin
def with_value(state, value):
    """Hash the values in order: a chain as well, but one link a point and not one a step."""
    state = (state ^ value) * GOLDEN
    return (state ^ (state >> uint64(32))) * GOLDEN


@twin
def one_chain(terms, degree, points, count):
    """Go point after point: each step waits for the multiplication and the addition before it."""
    state = uint64(0)
    for p in range(count):
        x, y, t = points[p], uint64(0), 0
        while t < degree:
            y = y * x + terms[t]
            y = y * x + terms[t + 1]
            y = y * x + terms[t + 2]
            y = y * x + terms[t + 3]
            t += AT_ONCE
        state = with_value(state, y)
    return int64(state)


@twin
def four_chains(terms, degree, points, count):
    """Do four points at once: while one chain waits, the core works on the other three."""
    state = uint64(0)
    for p in range(0, count, AT_ONCE):
        w, x, y, z = points[p], points[p + 1], points[p + 2], points[p + 3]
        a, b, c, d = uint64(0), uint64(0), uint64(0), uint64(0)
        for t in range(degree):
            a = a * w + terms[t]
            b = b * x + terms[t]
            c = c * y + terms[t]
            d = d * z + terms[t]
        state = with_value(with_value(with_value(with_value(state, a), b), c), d)
    return int64(state)
