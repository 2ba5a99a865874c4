"""What threads on cores of their own do to one another. Twin of c_src/share.c.

numba has no atomics on the CPU; LLVM has, and `_memory` hands them through.
"""

from hwbench.kernels._jit import kernel
from hwbench.kernels._memory import add_word, publish, read_word, wait_load, write_word


@kernel
def increment(cells, place, repeats):
    """Add 1 to cells[place] by a plain load and store; return by how much the cell has grown."""
    cell = cells.ctypes.data + 8 * place
    start = read_word(cell)
    for _ in range(repeats):
        write_word(cell, read_word(cell) + 1)
    return read_word(cell) - start


@kernel
def add(cells, place, repeats):
    """Add 1 to cells[place] by an atomic read-modify-write; return by how much the cell has grown."""
    cell = cells.ctypes.data + 8 * place
    start = wait_load(cell)
    for _ in range(repeats):
        add_word(cell, 1)
    return wait_load(cell) - start


@kernel
def ping_pong(cells, rounds, parity, patience, repeats):
    """Wait until cells[0] is 2 * round + parity, then write the next number; return the rounds made in patience."""
    cell = cells.ctypes.data
    expected = 2 * rounds[0] + parity
    made = 0
    while made < repeats:
        looks = patience
        while wait_load(cell) != expected and looks > 0:
            looks -= 1
        if looks <= 0:
            break
        publish(cell, expected + 1)
        made += 1
        expected += 2
    rounds[0] += made
    return made
