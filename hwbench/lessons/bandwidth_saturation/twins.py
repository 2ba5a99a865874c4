"""Four questions about the same numbers: their sum, the least, the most, and which bits are set in an odd number of them."""

from numpy import int32, int64

from hwbench.lessons.jit import twin

BLOCK = 4096
LEAST = int32(-(1 << 31))
MOST = int32((1 << 31) - 1)


@twin
def sum_of(numbers):
    """Sum the numbers in 32 bits."""
    total = int32(0)
    for i in range(numbers.size):
        total = int32(total + numbers[i])
    return total


@twin
def least_of(numbers, least):
    """Return the least of the numbers and of what was found before."""
    for i in range(numbers.size):
        least = min(least, numbers[i])
    return least


@twin
def most_of(numbers, most):
    """Return the greatest of the numbers and of what was found before."""
    for i in range(numbers.size):
        most = max(most, numbers[i])
    return most


@twin
def odd_of(numbers):
    """Return which bits are set in an odd number of the numbers."""
    odd = int32(0)
    for i in range(numbers.size):
        odd ^= numbers[i]
    return odd


@twin
def together(total, odd, least, most):
    """Make one number of the answers."""
    return (int64(total) & 0xFFFFFFFF) + (int64(odd) & 0xFFFFFFFF) + int64(least) + 3 * int64(most)


@twin
def in_passes(numbers, count, times):
    """Ask one question of all numbers, then the next: what does not fit the caches comes through the pipe four times."""
    total, odd, least, most = int32(0), int32(0), MOST, LEAST
    for _ in range(times):
        total = int32(total + sum_of(numbers[:count]))
        odd ^= odd_of(numbers[:count])
        least = least_of(numbers[:count], least)
        most = most_of(numbers[:count], most)
    return together(total, odd, least, most)


@twin
def in_blocks(numbers, count, times):
    """Ask all questions of one block, then of the next: three of four passes find the block in the nearest cache."""
    total, odd, least, most = int32(0), int32(0), MOST, LEAST
    for _ in range(times):
        for first in range(0, count, BLOCK):
            block = numbers[first : min(first + BLOCK, count)]
            total = int32(total + sum_of(block))
            odd ^= odd_of(block)
            least = least_of(block, least)
            most = most_of(block, most)
    return together(total, odd, least, most)


@twin
def fill(numbers, count, value):
    """Overwrite all numbers: before a line is written to, the core fetches what is in it, only to throw it away."""
    for i in range(count):
        numbers[i] = value
    return numbers[count - 1]


@twin
def fill_past_caches(numbers, count, value):
    """Overwrite all numbers; numba has no words for stores past the caches, so that these are the usual ones."""
    for i in range(count):
        numbers[i] = value
    return numbers[count - 1]
