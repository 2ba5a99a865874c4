"""Keys with values, in a table of nodes (one bucket: a list) and sorted; look-ups wait for each other."""

from hwbench.kernels._machine import select_less
from hwbench.lessons.jit import twin

NODE_WORDS = 8
NONE = -1
GOLDEN = -7046029254386353131  # 0x9E3779B97F4A7C15 as a signed word


@twin
def look_up(table, count, queries, lookups):
    """Go to the key's bucket and along its chain: a load for each node passed, and each waits for the one before."""
    total, value, mask, nodes = 0, 0, table[0], NODE_WORDS + count
    for i in range(lookups):
        query = queries[i] ^ (value & 1)
        node = table[NODE_WORDS + ((query * GOLDEN >> 32) & mask)]
        while node != NONE and table[nodes + NODE_WORDS * node] != query:
            node = table[nodes + NODE_WORDS * node + 2]
        value = 0 if node == NONE else table[nodes + NODE_WORDS * node + 1]
        total += value
    return total


@twin
def look_up_sorted(pairs, count, queries, lookups):
    """Halve an array of keys in order, each followed by its value: as many loads as the number of keys has bits."""
    total, value = 0, 0
    for i in range(lookups):
        query = queries[i] ^ (value & 1)
        first, left = 0, count
        while left > 1:
            middle = first + left // 2
            first = select_less(query, pairs[2 * middle], first, middle)
            left -= left // 2
        value = pairs[2 * first + 1] if pairs[2 * first] == query else 0
        total += value
    return total
