"""The same by Python's own system calls, which is what a file opened with `buffering=0` does and a buffered one avoids."""

import os

BLOCK = 65536


def read_each(file, size_of_file, size):
    """Ask the system for each item."""
    total = 0
    for at in range(0, size_of_file, size):
        total += sum(os.pread(file, size, at))
    return total


def read_blocks(file, size_of_file, size):
    """Ask for a block and take the items from it."""
    total = 0
    for at in range(0, size_of_file, BLOCK):
        block = os.pread(file, BLOCK, at)
        for item in range(0, BLOCK, size):
            total += sum(block[item : item + size])
    return total
