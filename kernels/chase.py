"""Dependent loads: a ring of pointers is followed, and nothing else is in the loop. Twin of c_src/chase.c.

A ring is an int64 array in whose used words stands the address of the next used word.
"""

from hwbench.kernels._address import load_word
from hwbench.kernels._jit import kernel


@kernel
def one(ring, position, repeats):
    """Follow `repeats` pointers from ring[position[0]], leave there where it ended; return that offset in bytes."""
    base = ring.ctypes.data
    address = base + 8 * position[0]
    for _ in range(repeats):
        address = load_word(address)
    position[0] = (address - base) // 8
    return address - base


@kernel
def many(ring, positions, chains, repeats):
    """Follow several rings in one array at once, `repeats` pointers each; return the sum of the offsets in bytes.

    The C twin keeps the positions in registers; here they go through memory, which costs a store forwarding a step:
    compare the twins from the second level on.
    """
    base = ring.ctypes.data
    if chains < 1 or chains > 32:
        return -1
    for k in range(chains):
        positions[k] = base + 8 * positions[k]
    for _ in range(repeats):
        for k in range(chains):
            positions[k] = load_word(positions[k])
    total = 0
    for k in range(chains):
        offset = positions[k] - base
        positions[k] = offset // 8
        total += offset
    return total
