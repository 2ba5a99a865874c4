"""The same ring as Python sees it: objects that refer to each other, and lie in memory as they were made."""

NODE_WORDS = 16


class Node:
    """A value, and the node after it."""

    __slots__ = ("after", "value")

    def __init__(self, value):
        self.value = value
        self.after = self


def arguments(function, arguments):
    """Turn the array into a list of objects, made in the order of the array."""
    words, count = arguments
    rows = words.reshape(-1, NODE_WORDS)
    nodes = [Node(int(value)) for value in rows[:, 1]]
    for node, after in zip(nodes, rows[:, 0].tolist(), strict=True):
        node.after = nodes[after]
    return nodes, count


def visit(nodes, count):
    """Go round once and sum the values."""
    node, total = nodes[0], 0
    for _ in range(count):
        total += node.value
        node = node.after
    return total


def read_and_visit(nodes, count):
    """First look at every node in the order in which they were made, then go round."""
    for node in nodes:
        _ = node.value
    return visit(nodes, count)
