"""Sum n products of two columns: by the interpreter's own C loop (`sum(map(mul))`), or by a loop over indices in Python."""

import operator

import marks

ROWS = 250  # small numbers, which the interpreter keeps ready: none is made for an index


def mapped(x: "list[int]", y: "list[int]", rounds: int) -> int:
    total = 0
    for _ in range(rounds):
        total += sum(map(operator.mul, x, y))
    return total


def looped(x: "list[int]", y: "list[int]", rounds: int) -> int:
    total = 0
    for _ in range(rounds):
        for i in range(len(x)):
            total += x[i] * y[i]
    return total


variant, n = marks.arguments()
columns = [i % 13 for i in range(ROWS)], [i % 17 for i in range(ROWS)]
work = looped if variant == "looped" else mapped
with marks.region():
    total = work(*columns, n)
marks.answer(total)
