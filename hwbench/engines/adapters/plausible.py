"""Our own plausible engine: with all four mistakes, without any, or with those that its name says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from hwbench.engines.adapters import sql
from hwbench.engines.plausible import Connection, Mistake
from hwbench.engines.protocol import Columns, Row


class Plausible:
    """The engine with all four mistakes: it compiles, it answers rightly, and it is slow."""

    mistakes: ClassVar[Mistake] = Mistake.ALL

    def __init__(self, folder: Path) -> None:
        self.connection = Connection(folder / "data.plausible", self.mistakes)

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Make a table; the mistakes are made here as well."""
        self.connection.execute(sql.create(table, columns))
        self.connection.insert(sql.insert(table, len(columns)), rows)

    def lookup(self, keys: Sequence[int]) -> list[Row]:
        """Look up keys by a statement with a parameter."""
        execute, text = self.connection.execute, sql.LOOKUP.format("?")
        return [execute(text, (key,))[0] for key in keys]

    def count(self, bound: int) -> int:
        """Count by a condition."""
        return int(self.connection.execute(sql.COUNT.format("?"), (bound,))[0][0])

    def fetch(self) -> list[Row]:
        """Fetch all at once."""
        return self.connection.execute(sql.FETCH)

    def maximum(self) -> int:
        """Ask for the largest key."""
        return int(self.connection.execute(sql.MAXIMUM)[0][0])

    def join(self, bound: int) -> tuple[int, int]:
        """Join and add up."""
        count, amount = self.connection.execute(sql.JOIN.format("?"), (bound,))[0]
        return int(count), int(amount or 0)

    def insert(self, rows: Sequence[Row]) -> None:
        """Insert in one call."""
        self.connection.insert(sql.insert("items", len(rows[0])), rows)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
