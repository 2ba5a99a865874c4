"""Two causes: COUNT objects in the order of their making or shuffled (first), read directly or through layers (second)."""

import random

import marks

COUNT = 100_000


class Item:
    """An object of one small number, which it also gives through a property and a method."""

    __slots__ = ("value",)

    def __init__(self, value: int) -> None:
        self.value = value

    def checked(self) -> int:
        return self.value

    @property
    def amount(self) -> int:
        return self.checked()


def direct(items: "list[Item]", n: int) -> int:
    total = 0
    for _ in range(n):
        for item in items:
            total += item.value
    return total


def layered(items: "list[Item]", n: int) -> int:
    total = 0
    for _ in range(n):
        for item in items:
            total += item.amount
    return total


variant, n = marks.arguments()
made = [Item(i % 200) for i in range(COUNT)]
shuffled = made.copy()
random.Random(1).shuffle(shuffled)
items = shuffled if variant in {"first", "both"} else made
work = layered if variant in {"second", "both"} else direct
with marks.region():
    total = work(items, n)
marks.answer(total)
