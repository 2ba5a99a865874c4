"""Read 64 bytes of a file n times: with the file kept open, or opened and closed each time."""

import os
import sys

import marks


def kept_open(path: str, n: int) -> int:
    total = 0
    file = os.open(path, os.O_RDONLY)
    for i in range(n):
        total += len(os.pread(file, 64, i & 1023))
    os.close(file)
    return total


def opened_each(path: str, n: int) -> int:
    total = 0
    for i in range(n):
        file = os.open(path, os.O_RDONLY)
        total += len(os.pread(file, 64, i & 1023))
        os.close(file)
    return total


variant, n = marks.arguments()
work = opened_each if variant == "each" else kept_open
with marks.region():
    total = work(sys.executable, n)
marks.answer(total)
