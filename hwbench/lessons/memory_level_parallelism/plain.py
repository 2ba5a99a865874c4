"""The same rings as Python sees them: objects that refer to each other."""

NODE_WORDS = 8


class Node:
    """A value, and the node after it."""

    __slots__ = ("after", "value")

    def __init__(self, value):
        self.value = value
        self.after = self


def arguments(function, arguments):
    """Turn the array into objects; `at` holds the node where each walk stands."""
    words, at, rings, steps = arguments
    rows = words.reshape(-1, NODE_WORDS)
    nodes = [Node(value) for value in rows[:, 1].tolist()]
    for node, after in zip(nodes, rows[:, 0].tolist(), strict=True):
        node.after = nodes[after]
    return nodes, [nodes[place] for place in at.tolist()], rings, steps


def one_by_one(nodes, at, rings, steps):
    """Walk ring after ring."""
    total = 0
    for ring in range(rings):
        for _ in range(steps):
            total += at[ring].value
            at[ring] = at[ring].after
    return total


def side_by_side(nodes, at, rings, steps):
    """Walk all rings, a step of each in turn."""
    total = 0
    every = tuple(range(rings))
    for _ in range(steps):
        for ring in every:
            total += at[ring].value
            at[ring] = at[ring].after
    return total
