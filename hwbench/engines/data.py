"""The study's tables and questions, and the right answers by plain Python: pure functions of a size and a seed.

`items` has n rows whose primary key is 0 … n − 1, `orders` as many that each name an item at random. Questions are drawn anew for
each repeat, so that no engine can answer from a cache of results. Numbers are small enough for every engine's integers, and
reals are halves, so that sums are exact in any order.
"""

from __future__ import annotations

from functools import cached_property
from random import Random
from typing import Any, Final

Row = tuple[Any, ...]

VALUES: Final = 10_000  # different values
BOUNDS: Final = 500  # different bounds, about half of the rows below each
LOOKUPS: Final = 10  # keys asked for one by one in a call: enough for the clock, few enough for an engine that scans
ITEM_COLUMNS: Final = (("id", "INTEGER"), ("value", "INTEGER"), ("price", "REAL"), ("name", "TEXT"))
ORDER_COLUMNS: Final = (("id", "INTEGER"), ("item", "INTEGER"), ("amount", "INTEGER"))
TABLES: Final = {"items": ITEM_COLUMNS, "orders": ORDER_COLUMNS}


class Data:
    """The tables of a size."""

    def __init__(self, n: int, seed: int = 1) -> None:
        self.n, self.seed = n, seed

    @cached_property
    def items(self) -> list[Row]:
        """Rows of (id, value, price, name)."""
        random = Random(self.seed)  # noqa: S311 - test data
        drawn = [random.randrange(VALUES) for _ in range(self.n)]
        return [(key, value, value / 2 + key % 7, f"item {key} of {value}") for key, value in enumerate(drawn)]

    @cached_property
    def orders(self) -> list[Row]:
        """Rows of (id, item, amount)."""
        random = Random(self.seed + 1)  # noqa: S311 - test data
        return [(key, random.randrange(self.n), random.randrange(1, 10)) for key in range(self.n)]

    def keys(self, repeat: int) -> list[int]:
        """Return the keys that a repeat looks up, all of them there."""
        random = Random(f"{self.seed} keys {repeat}")  # noqa: S311 - test data
        return [random.randrange(self.n) for _ in range(LOOKUPS)]

    def bound(self, repeat: int) -> int:
        """Return the value below which a repeat asks for: another one each time, about half of the rows below it."""
        return VALUES // 2 + repeat * 7 % BOUNDS

    def batch(self, repeat: int, count: int) -> list[Row]:
        """Return new rows of `items` that a repeat inserts: their keys follow all others."""
        random = Random(f"{self.seed} batch {repeat}")  # noqa: S311 - test data
        first = self.n + repeat * count
        drawn = [random.randrange(VALUES) for _ in range(count)]
        return [(first + place, value, value / 2, f"new {value}") for place, value in enumerate(drawn)]

    def looked_up(self, keys: list[int]) -> list[Row]:
        """Return the rows of these keys."""
        return [self.items[key] for key in keys]

    def counted(self, bound: int) -> int:
        """Return how many items are below a value."""
        return sum(value < bound for _, value, _, _ in self.items)

    def joined(self, bound: int) -> tuple[int, int]:
        """Return how many orders are of items below a value, and the sum of their amounts."""
        values = [value for _, value, _, _ in self.items]
        amounts = [amount for _, item, amount in self.orders if values[item] < bound]
        return len(amounts), sum(amounts)
