"""Jobs that several threads do, each adding its result to one total: job after job, or once at the end."""

import ctypes

import numpy as np

from hwbench.kernels._memory import add_word, read_loose, read_word, wait_load, write_word
from hwbench.kernels._opaque import keep
from hwbench.lessons.jit import twin

library = ctypes.CDLL(None)
library.pthread_mutex_init.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
lock, unlock = library.pthread_mutex_lock, library.pthread_mutex_unlock
lock.argtypes = unlock.argtypes = (ctypes.c_ssize_t,)
lock.restype = unlock.restype = ctypes.c_int
room = np.zeros(32, dtype=np.int64)  # no system's mutex takes more
DOOR = room.ctypes.data
library.pthread_mutex_init(DOOR, None)


@twin
def job(address, size):
    """Return the sum of `size` items; by their address, as an index would be looked at whether it is negative."""
    total = 0
    for item in range(size):
        total = keep(total + read_loose(address + 8 * item))
    return total


@twin
def add_each(items, jobs, size, rounds, total):
    """Add each job's result to the total atomically: the core must hold the total's line, whoever else wants it, for each job."""
    cell = total.ctypes.data
    before = wait_load(cell)
    for _ in range(rounds):
        for one in range(jobs):
            add_word(cell, job(items.ctypes.data + 8 * one * size, size))
    return wait_load(cell) - before


@twin
def add_once(items, jobs, size, rounds, total):
    """Add up the results in a register and add that to the total once: nobody is asked for anything in between."""
    cell = total.ctypes.data
    before = wait_load(cell)
    mine = 0
    for _ in range(rounds):
        for one in range(jobs):
            mine += job(items.ctypes.data + 8 * one * size, size)
    add_word(cell, mine)
    return wait_load(cell) - before


@twin
def add_locked(items, jobs, size, rounds, total):
    """Add each job's result under a lock: two atomic accesses to the lock's line, and sleep for those who find it shut."""
    cell = total.ctypes.data
    before = read_word(cell)
    for _ in range(rounds):
        for one in range(jobs):
            result = job(items.ctypes.data + 8 * one * size, size)
            lock(DOOR)
            write_word(cell, read_word(cell) + result)
            unlock(DOOR)
    return read_word(cell) - before
