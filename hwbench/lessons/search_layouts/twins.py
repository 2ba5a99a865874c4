"""The first key that is not less than a query, out of the same keys in three layouts; look-ups wait for each other."""

from numpy import int64

from hwbench.kernels._machine import keep_above, prefetch, select_less, trailing_ones
from hwbench.lessons.jit import twin

LINE_KEYS = 16
LINE_LEVELS = 4
FANOUT = LINE_KEYS + 1


@twin
def find_sorted(keys, count, queries, lookups):
    """Halve a sorted array by conditional moves: every step waits for its load."""
    total, found = 0, 0
    for i in range(lookups):
        query = int64(queries[i]) ^ (found & 1)
        first, left = 0, count
        while left > 1:
            first = select_less(int64(keys[first + left // 2 - 1]), query, first + left // 2, first)
            left -= left // 2
        found = int64(keys[first])
        total += found
    return total


@twin
def find_branchy(keys, count, queries, lookups):
    """The same with a branch: the core guesses which half and loads ahead, right one time in two."""
    total, found = 0, 0
    for i in range(lookups):
        query = int64(queries[i]) ^ (found & 1)
        first, left = 0, count
        while left > 1:
            if int64(keys[first + left // 2 - 1]) < query:
                first = keep_above(first + left // 2)
            left -= left // 2
        found = int64(keys[first])
        total += found
    return total


@twin
def find_eytzinger(tree, count, queries, lookups):
    """Go down a tree stored level by level: the sixteen heirs four levels down share a line, which is asked for early."""
    total, found, lowest, base = 0, 0, 1, tree.ctypes.data
    while lowest <= count:
        lowest *= 2
    for i in range(lookups):
        query = int64(queries[i]) ^ (found & 1)
        place = 1
        while place < lowest >> LINE_LEVELS:
            prefetch(base + 4 * LINE_KEYS * place)
            place = 2 * place + (int64(tree[place]) < query)
        while place < lowest:
            place = 2 * place + (int64(tree[place]) < query)
        place >>= trailing_ones(place) + 1
        found = int64(tree[place])
        total += found
    return total


@twin
def find_btree(tree, starts, levels, queries, lookups):
    """Go down a tree whose nodes are whole lines of sixteen keys: one load decides between seventeen ways."""
    total, found = 0, 0
    for i in range(lookups):
        query = queries[i] ^ (found & 1)
        node, less = 0, 0
        for level in range(levels):
            start = starts[level] + LINE_KEYS * node
            less = 0
            for key in range(start, start + LINE_KEYS):
                less += int64(tree[key]) < query
            node = FANOUT * node + less
        found = int64(tree[starts[levels - 1] + LINE_KEYS * (node // FANOUT) + less])
        total += found
    return total
