"""Transfers between accounts, written to a log with commits: see twins.c. The calls are the C library's."""

import ctypes

import numpy as np

from hwbench.lessons.jit import twin

TRANSFER_WORDS, RECORD_WORDS = 3, 4
CHANGE, COMMIT = 1, 2
MOST_WORDS = 1024
library = ctypes.CDLL(None)
pwrite, pread, fsync = library.pwrite, library.pread, library.fsync
pwrite.argtypes = pread.argtypes = (ctypes.c_int, ctypes.c_ssize_t, ctypes.c_ssize_t, ctypes.c_int64)
pwrite.restype = pread.restype = ctypes.c_ssize_t
fsync.argtypes = (ctypes.c_int,)
fsync.restype = ctypes.c_int


@twin
def log_change(log, end, transfers, transfer):
    """Add the record of a transfer to the log in memory; return where the log ends now."""
    log[end] = CHANGE
    for word in range(TRANSFER_WORDS):
        log[end + 1 + word] = transfers[TRANSFER_WORDS * transfer + word]
    return end + RECORD_WORDS


@twin
def commit(log, begin, end, file):
    """Add a commit, write the log from `begin` on, and wait until it is safe; return where the log ends now, or -1."""
    log[end] = COMMIT
    log[end + 1 : end + RECORD_WORDS] = 0
    end += RECORD_WORDS
    size = 8 * (end - begin)
    return end if pwrite(file, log.ctypes.data + 8 * begin, size, 8 * begin) == size and fsync(file) == 0 else -1


@twin
def recovered(log, end, file):
    """Read the log back and apply what was committed; return the sum of all balances times their accounts."""
    balances, pending = 0, 0
    if end < 0 or pread(file, log.ctypes.data, 8 * end, 0) != 8 * end:
        return -1
    for record in range(0, end, RECORD_WORDS):
        pending += log[record + 3] * (log[record + 2] - log[record + 1])
        if log[record] == COMMIT:
            balances += pending
            pending = 0
    return balances


@twin
def commit_each(transfers, count, file):
    """Make every transfer a transaction of its own: the disk is waited for as often."""
    log, end = np.empty(MOST_WORDS, dtype=np.int64), 0
    for transfer in range(count):
        end = commit(log, end, log_change(log, end, transfers, transfer), file)
        if end < 0:
            break
    return recovered(log, end, file)


@twin
def commit_once(transfers, count, file):
    """Make all transfers in one transaction: the disk is waited for once."""
    log, end = np.empty(MOST_WORDS, dtype=np.int64), 0
    for transfer in range(count):
        end = log_change(log, end, transfers, transfer)
    return recovered(log, commit(log, 0, end, file), file)


@twin
def commit_every(transfers, count, file, group):
    """Make a transaction of every so many transfers: what a group commit comes to."""
    log, begin, end = np.empty(MOST_WORDS, dtype=np.int64), 0, 0
    for transfer in range(count):
        end = log_change(log, end, transfers, transfer)
        if (transfer + 1) % group == 0 or transfer + 1 == count:
            end = commit(log, begin, end, file)
            begin = end
            if end < 0:
                break
    return recovered(log, end, file)
