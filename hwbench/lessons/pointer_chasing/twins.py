"""A linked list in one array: node n holds the number of the next node and a value, and fills a line."""

from hwbench.lessons.jit import twin

NODE_WORDS = 8


@twin
def walk(nodes, steps):
    """Follow `steps` nodes from the first and sum their values: no load can begin before the one ahead of it is done."""
    node, total = 0, 0
    for _ in range(steps):
        total += nodes[NODE_WORDS * node + 1]
        node = nodes[NODE_WORDS * node]
    return total
