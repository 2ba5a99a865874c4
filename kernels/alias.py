"""Loads that meet an earlier store, or that straddle a boundary. Twin of c_src/alias.c.

`cells` are bytes, places are offsets in bytes into them; the result is the value that was in `cells` at the beginning.
"""

from hwbench.kernels._jit import kernel
from hwbench.kernels._memory import read_half, read_loose, read_word, write_half, write_word


@kernel
def exact(cells, store_at, load_at, repeats):
    """Store 8 bytes at store_at, load 8 at load_at, store what was loaded, …"""
    to, origin = cells.ctypes.data + store_at, cells.ctypes.data + load_at
    value = read_word(to)
    for _ in range(repeats):
        write_word(to, value)
        value = read_word(origin)
    return value


@kernel
def renamed(cells, at, repeats):
    """Store and load through one and the same address register."""
    cell = cells.ctypes.data + at
    value = read_word(cell)
    for _ in range(repeats):
        write_word(cell, value)
        value = read_word(cell)
    return value


@kernel
def contained(cells, store_at, load_at, repeats):
    """Store 8 bytes, load 4 bytes that lie inside them."""
    to, origin = cells.ctypes.data + store_at, cells.ctypes.data + load_at
    value = read_word(to)
    for _ in range(repeats):
        write_word(to, value)
        value = read_half(origin)
    return value


@kernel
def spanning(cells, store_at, load_at, repeats):
    """Store 4 bytes and the 4 next to them, load 8 bytes that span both."""
    to, origin = cells.ctypes.data + store_at, cells.ctypes.data + load_at
    value = read_half(to)
    for _ in range(repeats):
        write_half(to, value)
        write_half(to + 4, value)
        value = read_word(origin)
    return value & 0xFFFFFFFF


@kernel
def wider(cells, store_at, load_at, repeats):
    """Store 4 bytes, load 8 bytes of which they are a part."""
    to, origin = cells.ctypes.data + store_at, cells.ctypes.data + load_at
    value = read_half(to)
    for _ in range(repeats):
        write_half(to, value)
        value = read_word(origin)
    return value


@kernel
def beside(cells, store_at, load_at, repeats):
    """Store 8 bytes, then load at another place; the next address and the next value stored depend on that load."""
    to = cells.ctypes.data + store_at
    value = read_word(cells.ctypes.data + load_at)
    base = cells.ctypes.data + load_at - value
    for _ in range(repeats):
        write_word(to, value)
        value = read_word(base + value)
    return value


@kernel
def straddle(cells, load_at, repeats):
    """Load 8 bytes that may straddle a line or a page; the next address depends on the load."""
    value = read_loose(cells.ctypes.data + load_at)
    base = cells.ctypes.data + load_at - value
    for _ in range(repeats):
        value = read_loose(base + value)
    return value
