"""Records written to a file so that they outlast a loss of power: each waited for, or all together; the calls are the C library's."""

import ctypes

import numpy as np

from hwbench.lessons.jit import twin

SIGNATURE = (ctypes.c_int, ctypes.c_ssize_t, ctypes.c_ssize_t, ctypes.c_int64)
library = ctypes.CDLL(None)
pwrite, pread, fsync = library.pwrite, library.pread, library.fsync
pwrite.argtypes = pread.argtypes = SIGNATURE
pwrite.restype = pread.restype = ctypes.c_ssize_t
fsync.argtypes = (ctypes.c_int,)
fsync.restype = ctypes.c_int


@twin
def put(file, records, record, words):
    """Write one record to its place."""
    size = 8 * words
    return pwrite(file, records.ctypes.data + record * size, size, record * size) == size


@twin
def sum_of(file, count, words):
    """Read the records back, and sum what the file has."""
    found = np.empty(words, dtype=np.int64)
    total = 0
    for record in range(count):
        if pread(file, found.ctypes.data, 8 * words, record * 8 * words) != 8 * words:
            return -1
        for word in range(words):
            total += found[word]
    return total


@twin
def sync_each(records, count, words, file):
    """Wait for the disk after each record: it must say that it has it before the next is written."""
    for record in range(count):
        if not put(file, records, record, words) or fsync(file) != 0:
            return -1
    return sum_of(file, count, words)


@twin
def sync_once(records, count, words, file):
    """Write all records to the system's memory and wait for the disk once."""
    for record in range(count):
        if not put(file, records, record, words):
            return -1
    if fsync(file) != 0:
        return -1
    return sum_of(file, count, words)
