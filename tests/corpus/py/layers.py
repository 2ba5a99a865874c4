"""Add up n small numbers: in a local variable, or through an object's property, method and check."""

import marks


class Account:
    """A sum behind layers that change nothing."""

    def __init__(self) -> None:
        self._total = 0

    @property
    def total(self) -> int:
        return self._total

    @total.setter
    def total(self, value: int) -> None:
        self._total = self.checked(value)

    def checked(self, value: int) -> int:
        return value

    def add(self, amount: int) -> None:
        self.total = self.total + amount


def plain(n: int) -> int:
    total = 0
    for i in range(n):
        total = total + (i & 7)
    return total


def layered(n: int) -> int:
    account = Account()
    for i in range(n):
        account.add(i & 7)
    return account.total


variant, n = marks.arguments()
work = layered if variant == "layered" else plain
with marks.region():
    total = work(n)
marks.answer(total)
