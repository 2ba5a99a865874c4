"""A ring of nodes in one array: each holds the number of the next and a value, and has two lines to itself."""

from hwbench.kernels._opaque import keep
from hwbench.lessons.jit import twin

NODE_WORDS = 16


@twin
def visit(nodes, count):
    """Go round once and sum the values: each step waits for a line, from wherever the last use of this data has left it."""
    node, total = 0, 0
    for _ in range(count):
        total += nodes[NODE_WORDS * node + 1]
        node = nodes[NODE_WORDS * node]
    return total


@twin
def read_and_visit(nodes, count):
    """First read every node in the order of the array, where no load waits for another; then go round."""
    node, total, seen = 0, 0, 0
    for place in range(count):
        seen += nodes[NODE_WORDS * place]
    keep(seen)
    for _ in range(count):
        total += nodes[NODE_WORDS * node + 1]
        node = nodes[NODE_WORDS * node]
    return total
