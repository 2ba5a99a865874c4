"""A ring of nodes that lie a stride apart: a node holds the place of the next one and a value."""

from hwbench.lessons.jit import twin


@twin
def walk(words, steps):
    """Walk the ring: nodes a power of two apart belong into the few places of one set."""
    node, total = 0, 0
    for _ in range(steps):
        total += words[node + 1]
        node = words[node]
    return total
