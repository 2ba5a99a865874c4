"""Sum an attribute of COUNT objects n times: the list in the order in which they were made, or shuffled."""

import random

import marks

COUNT = 100_000


class Item:
    """An object of one small number."""

    __slots__ = ("value",)

    def __init__(self, value: int) -> None:
        self.value = value


def total_of(items: "list[Item]", n: int) -> int:
    total = 0
    for _ in range(n):
        for item in items:
            total += item.value
    return total


variant, n = marks.arguments()
made = [Item(i % 200) for i in range(COUNT)]
shuffled = made.copy()
random.Random(1).shuffle(shuffled)
items = shuffled if variant == "shuffled" else made
with marks.region():
    total = total_of(items, n)
marks.answer(total)
