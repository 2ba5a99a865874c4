"""Four questions about the same numbers, taken as they lie and in the order of an index; both twins read the index."""

from numpy import int32, int64, uint64

from hwbench.lessons.jit import twin

LEAST = int32(-(1 << 31))
MOST = int32((1 << 31) - 1)


@twin
def together(total, odd, least, most):
    """Make one number of the answers."""
    return (int64(total) & 0xFFFFFFFF) + (int64(odd) & 0xFFFFFFFF) + int64(least) + 3 * int64(most)


@twin
def through_index(values, index, count, times):
    """Take the values in the order of an index: a load for each, since no two need lie side by side."""
    total, odd, least, most = int32(0), int32(0), MOST, LEAST
    for _ in range(times):
        for i in range(count):
            value = values[uint64(index[i])]
            total = int32(total + value)
            odd ^= value ^ index[i]
            least = min(least, value)
            most = max(most, value)
    return together(total, odd, least, most)


@twin
def in_place(values, index, count, times):
    """Take the values as they lie: one load fills a register with as many of them as it holds."""
    total, odd, least, most = int32(0), int32(0), MOST, LEAST
    for _ in range(times):
        for i in range(count):
            value = values[i]
            total = int32(total + value)
            odd ^= value ^ index[i]
            least = min(least, value)
            most = max(most, value)
    return together(total, odd, least, most)
