"""Values come in batches. Each batch is made a list of items, which is walked so many times and done with.

An item is 64 bytes at an address: that of the next item, and a value.
"""

import ctypes

import numpy as np

from hwbench.kernels._memory import read_word, write_word
from hwbench.lessons.jit import twin

BATCH = 32
ITEM_BYTES = 64
malloc, free = ctypes.CDLL(None).malloc, ctypes.CDLL(None).free
malloc.argtypes, malloc.restype = (ctypes.c_size_t,), ctypes.c_size_t
free.argtypes, free.restype = (ctypes.c_size_t,), None


@twin
def total_of(first, uses):
    """Walk a list so many times and sum its values."""
    total = 0
    for _ in range(uses):
        item = first
        while item != 0:
            total += read_word(item + 8)
            item = read_word(item)
    return total


@twin
def by_malloc(values, count, uses, room):
    """Have the allocator look for a place for each item, and take it back: bookkeeping twice an item."""
    total = 0
    for start in range(0, count, BATCH):
        first = 0
        for each in range(start, start + BATCH):
            item = np.int64(malloc(ITEM_BYTES))
            write_word(item, first)
            write_word(item + 8, values[each])
            first = item
        total += total_of(first, uses)
        while first != 0:
            after = read_word(first)
            free(first)
            first = after
    return total


@twin
def from_arena(values, count, uses, room):
    """Take the items of each batch one after the other from `room`, which holds a batch: an addition an item."""
    total = 0
    for start in range(0, count, BATCH):
        first, item = 0, np.int64(room.ctypes.data)
        for each in range(start, start + BATCH):
            write_word(item, first)
            write_word(item + 8, values[each])
            first = item
            item += ITEM_BYTES
        total += total_of(first, uses)
    return total
