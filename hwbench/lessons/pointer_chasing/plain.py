"""The same list as Python sees it: objects that refer to each other, made in the order in which they lie in memory."""

NODE_WORDS = 8


class Node:
    """A value, and the node after it."""

    __slots__ = ("after", "value")

    def __init__(self, value):
        self.value = value
        self.after = self


def arguments(function, arguments):
    """Turn the array into objects: the order in which they are made is that of their numbers."""
    words, steps = arguments
    rows = words.reshape(-1, NODE_WORDS)
    nodes = [Node(int(value)) for value in rows[:, 1]]
    for node, after in zip(nodes, rows[:, 0].tolist(), strict=True):
        node.after = nodes[after]
    return nodes[0], steps


def walk(node, steps):
    """Follow `steps` nodes from the first and sum their values."""
    total = 0
    for _ in range(steps):
        total += node.value
        node = node.after
    return total
