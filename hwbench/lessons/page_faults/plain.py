"""The same with numpy: the memory is a mapping of its own, since numpy's allocator decides by itself what to give back."""

import mmap

import numpy as np

LINE = 8
PAGE = 512


def arguments(function, arguments):
    """Turn the array into a mapping, and an array over it."""
    memory, words, passes, key = arguments
    mapping = mmap.mmap(-1, memory.nbytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        mapping.madvise(mmap.MADV_NOHUGEPAGE)
    return mapping, words, passes, key


def fill(mapping, words, passes, key):
    """Write to each line, some times over; return a sum of what was written last."""
    memory = np.frombuffer(mapping, np.int64)
    numbers = np.arange(0, words, LINE)
    for number in range(1, passes + 1):
        np.bitwise_xor(numbers, number ^ key, out=memory[::LINE])
    return int(memory[::PAGE].sum())


def fresh(mapping, words, passes, key):
    """Give the memory back, then use it: each page is fetched anew by a trap into the system at the first write to it."""
    mapping.madvise(mmap.MADV_DONTNEED)
    return fill(mapping, words, passes, key[0])


def kept(mapping, words, passes, key):
    """Use the memory that is there."""
    return fill(mapping, words, passes, key[0])
