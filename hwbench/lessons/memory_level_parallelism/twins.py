"""Rings of nodes, a line each: a node holds the number of the next one and a value. `at` says where each walk stands."""

from hwbench.lessons.jit import twin

NODE_WORDS = 8


@twin
def one_by_one(nodes, at, rings, steps):
    """Walk ring after ring, `steps` nodes each: there is never more than one load that could be under way."""
    total = 0
    for ring in range(rings):
        for _ in range(steps):
            total += nodes[NODE_WORDS * at[ring] + 1]
            at[ring] = nodes[NODE_WORDS * at[ring]]
    return total


@twin
def side_by_side(nodes, at, rings, steps):
    """Walk all rings at the same time, a step of each in turn: while one waits, the others' loads are under way."""
    total = 0
    for _ in range(steps):
        for ring in range(rings):
            total += nodes[NODE_WORDS * at[ring] + 1]
            at[ring] = nodes[NODE_WORDS * at[ring]]
    return total
