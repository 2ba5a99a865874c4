"""A ring of nodes, a line each: a node holds the place of the next one and a value."""

from hwbench.lessons.jit import twin

NODE_WORDS = 8
BLOCK = 128


@twin
def walk(nodes, at, steps):
    """Walk on from where the last call stopped: every step is a load from the level that holds the ring."""
    node, total = at[0], 0
    for _ in range(steps):
        total += nodes[node + 1]
        node = nodes[node]
    at[0] = node
    return total


@twin
def count_by_limits(nodes, count, limits, passes):
    """Count the values below each of the limits, limit by limit."""
    below = 0
    for each in range(passes):
        for node in range(count):
            below += nodes[NODE_WORDS * node + 1] < limits[each]
    return below


@twin
def count_by_blocks(nodes, count, limits, passes):
    """Count the values below each of the limits, block by block."""
    below = 0
    for first in range(0, count, BLOCK):
        for each in range(passes):
            for node in range(first, min(first + BLOCK, count)):
                below += nodes[NODE_WORDS * node + 1] < limits[each]
    return below
