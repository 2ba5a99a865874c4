"""Look-ups of many keys in one set of keys, by the layout of the set. Twin of c_src/search.c, whose header says more.

One repeat is one look-up of queries[p], p going round `query_count` queries from position[0] on; the result is the sum of
the values found, -1 for an absent key. The search itself is a function of its own, which LLVM inlines.
"""

from hwbench.kernels._jit import kernel
from hwbench.kernels._machine import count_less, keep_above, keep_below, prefetch, select_less, trailing_ones

GOLDEN = -7046029254386353131  # 0x9E3779B97F4A7C15 as a signed word: Knuth's multiplicative hash
NO_KEY = -(1 << 63)
UPPER_44_BITS = (1 << 44) - 1


@kernel
def branchy(keys, values, count, queries, position, query_count, repeats):
    """Search sorted keys with a branch for each comparison."""
    p, total = position[0], 0
    for _ in range(repeats):
        query = queries[p]
        low, high = 0, count
        while low < high:
            middle = low + ((high - low) >> 1)
            if keys[middle] < query:
                low = keep_above(middle + 1)
            else:
                high = keep_below(middle)
        total += values[low] if low < count and keys[low] == query else -1
        p = p + 1 if p + 1 < query_count else 0
    position[0] = p
    return total


@kernel
def branchless(keys, values, count, queries, position, query_count, repeats):
    """Search sorted keys with a conditional move for each comparison."""
    p, total = position[0], 0
    for _ in range(repeats):
        query = queries[p]
        low, length = 0, count
        while length > 1:
            half = length >> 1
            low = select_less(keys[low + half - 1], query, low + half, low)
            length -= half
        total += values[low] if keys[low] == query else -1
        p = p + 1 if p + 1 < query_count else 0
    position[0] = p
    return total


@kernel
def eytzinger(keys, values, count, queries, position, query_count, repeats):
    """Search keys in breadth-first order of a binary tree."""
    p, total = position[0], 0
    for _ in range(repeats):
        query, k = queries[p], 1
        while k <= count:
            k = 2 * k + (keys[k] < query)
        k >>= trailing_ones(k) + 1
        total += values[k] if k > 0 and keys[k] == query else -1
        p = p + 1 if p + 1 < query_count else 0
    position[0] = p
    return total


@kernel
def eytzinger_prefetch(keys, values, count, queries, position, query_count, repeats):
    """The same, asking for the descendants four levels down at every step."""
    p, total, base = position[0], 0, keys.ctypes.data
    for _ in range(repeats):
        query, k = queries[p], 1
        while k <= count:
            prefetch(base + 128 * k)
            k = 2 * k + (keys[k] < query)
        k >>= trailing_ones(k) + 1
        total += values[k] if k > 0 and keys[k] == query else -1
        p = p + 1 if p + 1 < query_count else 0
    position[0] = p
    return total


@kernel
def btree_8(keys, values, count, queries, position, query_count, repeats):
    """Search a tree of nodes of eight keys, all of them compared."""
    p, total, base = position[0], 0, keys.ctypes.data
    for _ in range(repeats):
        query, node, found = queries[p], 0, 0
        while node * 8 < count:
            less = count_less(base + 64 * node, query)
            found = select_less(less, 8, node * 8 + less, found)
            node = node * 9 + less + 1
        total += values[found] if keys[found] == query else -1
        p = p + 1 if p + 1 < query_count else 0
    position[0] = p
    return total


@kernel
def btree_16(keys, values, count, queries, position, query_count, repeats):
    """Search a tree of nodes of sixteen keys, all of them compared."""
    p, total, base = position[0], 0, keys.ctypes.data
    for _ in range(repeats):
        query, node, found = queries[p], 0, 0
        while node * 16 < count:
            less = count_less(base + 128 * node, query) + count_less(base + 128 * node + 64, query)
            found = select_less(less, 16, node * 16 + less, found)
            node = node * 17 + less + 1
        total += values[found] if keys[found] == query else -1
        p = p + 1 if p + 1 < query_count else 0
    position[0] = p
    return total


@kernel
def hash(keys, values, count, queries, position, query_count, repeats):  # noqa: A001 - named as its C twin is
    """Probe a hash table of open addressing, slot by slot."""
    p, total, mask = position[0], 0, count - 1
    for _ in range(repeats):
        query = queries[p]
        slot = ((query * GOLDEN) >> 20) & UPPER_44_BITS & mask
        while keys[slot] != query and keys[slot] != NO_KEY:
            slot = (slot + 1) & mask
        total += values[slot] if keys[slot] == query else -1
        p = p + 1 if p + 1 < query_count else 0
    position[0] = p
    return total


@kernel
def list(keys, values, count, queries, position, query_count, repeats):  # noqa: A001 - named as its C twin is
    """Walk a list in order of its keys."""
    p, total = position[0], 0
    for _ in range(repeats):
        query = queries[p]
        node = values[0] if count > 0 else -1
        while node >= 0 and keys[node] < query:
            node = keys[node + 2]
        total += keys[node + 1] if node >= 0 and keys[node] == query else -1
        p = p + 1 if p + 1 < query_count else 0
    position[0] = p
    return total
