"""A control: the same sum of squares, its variables named one way or another. Nothing should come of it."""

import marks


def squares(n: int) -> int:
    total = 0
    for i in range(n):
        total += (i & 255) * (i & 255)
    return total


def areas(count: int) -> int:
    area = 0
    for side in range(count):
        area += (side & 255) * (side & 255)
    return area


variant, n = marks.arguments()
work = areas if variant == "areas" else squares
with marks.region():
    total = work(n)
marks.answer(total)
