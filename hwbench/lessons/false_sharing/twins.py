"""Counting in a cell of memory, beside another thread that counts in its own; what matters is how far apart the cells lie."""

from hwbench.kernels._memory import add_word, read_word, wait_load, write_word
from hwbench.lessons.jit import twin


@twin
def count_up(cells, place, times):
    """Count in cells[place]: the core needs the cell's line for itself, whoever else writes to another part of it."""
    cell = cells.ctypes.data + 8 * place
    before = read_word(cell)
    for _ in range(times):
        write_word(cell, read_word(cell) + 1)
    return read_word(cell) - before


@twin
def count_atomically(cells, place, times):
    """Do the same by atomic additions: each has to hold the line while it adds, and no store buffer can put that off."""
    cell = cells.ctypes.data + 8 * place
    before = wait_load(cell)
    for _ in range(times):
        add_word(cell, 1)
    return wait_load(cell) - before
