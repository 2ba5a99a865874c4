"""A ring of nodes in an array of words: a node is the number of the word at which the next one begins, and a value.

Numbers are unsigned: of others numba would find out first whether they count from the array's end.
"""

import numpy as np

from hwbench.lessons.jit import twin

ONE = np.uint64(1)


@twin
def walk(words, steps):
    """Follow `steps` nodes and sum their values: a translation and a load, one after the other."""
    node, total = np.uint64(0), 0
    for _ in range(steps):
        total += words[node + ONE]
        node = np.uint64(words[node])
    return total
