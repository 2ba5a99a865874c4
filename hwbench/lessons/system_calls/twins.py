"""A file read in small items: one system call for each, or one for a block of them; the call is the C library's."""

import ctypes

import numpy as np

from hwbench.kernels._opaque import keep
from hwbench.lessons.jit import twin

BLOCK = 65536
pread = ctypes.CDLL(None).pread
pread.argtypes = (ctypes.c_int, ctypes.c_ssize_t, ctypes.c_ssize_t, ctypes.c_int64)
pread.restype = ctypes.c_ssize_t


@twin
def sum_of(block, first, size):
    """Return the sum of an item's bytes."""
    total = 0
    for byte in range(first, first + size):
        total = keep(total + block[byte])
    return total


@twin
def read_each(file, size_of_file, size):
    """Ask the system for each item (of no more than a block): into the kernel, through its checks, and back again every time."""
    item = np.empty(BLOCK, dtype=np.uint8)
    total = 0
    for at in range(0, size_of_file, size):
        if pread(file, item.ctypes.data, size, at) != size:
            return -1
        total += sum_of(item, 0, size)
    return total


@twin
def read_blocks(file, size_of_file, size):
    """Ask for a block and take the items from it: the same bytes are copied, but the way into the kernel is gone once."""
    block = np.empty(BLOCK, dtype=np.uint8)
    total = 0
    for at in range(0, size_of_file, BLOCK):
        if pread(file, block.ctypes.data, BLOCK, at) != BLOCK:
            return -1
        for item in range(0, BLOCK, size):
            total += sum_of(block, item, size)
    return total
