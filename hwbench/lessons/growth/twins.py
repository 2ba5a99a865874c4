"""A table of rows (a key and a value each) and an index of it: pairs of a key and its row, in the order of the keys."""

from hwbench.kernels._machine import keep_above, keep_below
from hwbench.lessons.jit import twin

ROW_WORDS = 2
ENTRY_WORDS = 2
PRIME = 1000003


@twin
def mixed(total, value):
    """Put a value that was found into a sum in which the order counts."""
    return (31 * total + value) % PRIME


@twin
def scan(rows, index, count, wanted, queries):
    """Look up every wanted key by reading the table from its first row: half of it, on average."""
    total = 0
    for query in range(queries):
        key = wanted[query]
        for row in range(count):
            if rows[ROW_WORDS * row] == key:
                total = mixed(total, rows[ROW_WORDS * row + 1])
                break
    return total


@twin
def search(rows, index, count, wanted, queries):
    """Look up every wanted key by halving the index: few steps, each a coin that no predictor foresees."""
    total = 0
    for query in range(queries):
        key, low, high = wanted[query], 0, count
        while high - low > 1:
            middle = (low + high) >> 1
            if index[ENTRY_WORDS * middle] <= key:
                low = keep_above(middle)
            else:
                high = keep_below(middle)
        if index[ENTRY_WORDS * low] == key:
            total = mixed(total, rows[ROW_WORDS * index[ENTRY_WORDS * low + 1] + 1])
    return total
