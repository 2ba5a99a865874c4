"""Write a byte every 320 of a buffer of 40 MiB, n times: a buffer that is kept, or a fresh one each time.

Larger than any threshold of the C library's allocator, so that a fresh one really is new pages from the kernel.
"""

import marks

SIZE = 40 << 20
STRIDE = 256 + 64
PASSES = 8
ONES = b"\1" * len(range(0, SIZE, STRIDE))


def fill(n: int, *, fresh: bool) -> int:
    buffer = bytearray(SIZE)
    total = 0
    for _ in range(n):
        if fresh:
            del buffer
            buffer = bytearray(SIZE)
        for _ in range(PASSES):
            buffer[::STRIDE] = ONES
        total += buffer[STRIDE]
    return total


variant, n = marks.arguments()
with marks.region():
    total = fill(n, fresh=variant == "fresh")
marks.answer(total)
