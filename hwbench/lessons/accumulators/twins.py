"""A sum of doubles, so many places apart, gone through so many times, in one accumulator and in eight.

The place is unsigned, since numba asks of a signed one at each access whether it counts from the end.
"""

from numba import uint64

from hwbench.lessons.jit import twin


@twin
def one_accumulator(values, count, apart, times):
    """Let every addition wait for the one before: LLVM must not add in another order than is written."""
    total, step = 0.0, uint64(apart)
    for _ in range(times):
        place = uint64(0)
        for _ in range(count // 8):
            total += values[place]
            place += step
            total += values[place]
            place += step
            total += values[place]
            place += step
            total += values[place]
            place += step
            total += values[place]
            place += step
            total += values[place]
            place += step
            total += values[place]
            place += step
            total += values[place]
            place += step
    return total


@twin
def eight_accumulators(values, count, apart, times):
    """Do the same additions in eight chains: each waits as long, but they wait at the same time."""
    a, b, c, d, e, f, g, h = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    step = uint64(apart)
    for _ in range(times):
        place = uint64(0)
        for _ in range(count // 8):
            a += values[place]
            place += step
            b += values[place]
            place += step
            c += values[place]
            place += step
            d += values[place]
            place += step
            e += values[place]
            place += step
            f += values[place]
            place += step
            g += values[place]
            place += step
            h += values[place]
            place += step
    return ((a + b) + (c + d)) + ((e + f) + (g + h))
