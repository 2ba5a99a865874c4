"""The same in plain Python: eight names for the sum do not make it faster, only `sum`, which does not go through bytecodes."""


def arguments(function, arguments):
    """Turn the array into a list."""
    values, count, apart, times = arguments
    return values.tolist(), count, apart, times


def one_accumulator(values, count, apart, times):
    """Add every value to one variable."""
    total = 0.0
    for _ in range(times):
        for i in range(0, count * apart, apart):
            total += values[i]
    return total


def eight_accumulators(values, count, apart, times):
    """Add every eighth value to each of eight variables."""
    a, b, c, d, e, f, g, h = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for _ in range(times):
        for i in range(0, count * apart, 8 * apart):
            a += values[i]
            b += values[i + apart]
            c += values[i + 2 * apart]
            d += values[i + 3 * apart]
            e += values[i + 4 * apart]
            f += values[i + 5 * apart]
            g += values[i + 6 * apart]
            h += values[i + 7 * apart]
    return ((a + b) + (c + d)) + ((e + f) + (g + h))
