"""Writes to each line of some memory, which is as it was left, or fresh from the system."""

import ctypes
import mmap

from hwbench.lessons.jit import twin

LINE = 8
PAGE = 512
WORD = 8
GIVE_BACK = mmap.MADV_DONTNEED
madvise = ctypes.CDLL(None).madvise
madvise.argtypes = (ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int)
madvise.restype = ctypes.c_int


@twin
def fill(memory, words, passes, key):
    """Write to each line, some times over; return a sum of what was written last."""
    total = 0
    for number in range(1, passes + 1):
        for word in range(0, words, LINE):
            memory[word] = word ^ number ^ key
    for word in range(0, words, PAGE):
        total += memory[word]
    return total


@twin
def fresh(memory, words, passes, key):
    """Give the memory back, then use it: each page is fetched anew by a trap into the system at the first write to it."""
    madvise(memory.ctypes.data, words * WORD, GIVE_BACK)
    return fill(memory, words, passes, key[0])


@twin
def kept(memory, words, passes, key):
    """Use the memory that is there."""
    return fill(memory, words, passes, key[0])
