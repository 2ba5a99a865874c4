"""What engines that speak SQL have in common: the statements, and a DB-API connection that carries them out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from hwbench.engines.protocol import Columns, Row

LOOKUP = "SELECT id, value, price, name FROM items WHERE id = {}"
COUNT = "SELECT count(*) FROM items WHERE value < {}"
FETCH = "SELECT id, value, price, name FROM items"
MAXIMUM = "SELECT max(id) FROM items"
JOIN = "SELECT count(*), sum(orders.amount) FROM orders JOIN items ON orders.item = items.id WHERE items.value < {}"


def create(table: str, columns: Columns) -> str:
    """Return the statement that makes a table whose first column is its primary key."""
    named = [f"{name} {kind}{'' if place else ' PRIMARY KEY'}" for place, (name, kind) in enumerate(columns)]
    return f"CREATE TABLE {table} ({', '.join(named)})"


def insert(table: str, width: int) -> str:
    """Return the statement that adds a row of parameters."""
    return f"INSERT INTO {table} VALUES ({', '.join('?' * width)})"  # noqa: S608 - the table's name is ours


def literal(value: object) -> str:
    """Return a value as SQL has it, for engines that take no parameters."""
    return "'{}'".format(value.replace("'", "''")) if isinstance(value, str) else repr(value)


def literals(rows: Sequence[Row]) -> str:
    """Return rows as the VALUES of one INSERT."""
    return ", ".join(f"({', '.join(map(literal, row))})" for row in rows)


class DatabaseEngine:
    """An engine with a DB-API connection that takes `?` parameters."""

    begin: ClassVar[str] = "BEGIN"

    def __init__(self, folder: Path) -> None:
        self.connection = self.connect(folder)

    def connect(self, folder: Path) -> Any:
        """Return an open connection on a file in the folder, which commits where it is told to."""
        raise NotImplementedError

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Make a table in one transaction."""
        self.connection.execute(create(table, columns))
        self._add(table, rows)

    def lookup(self, keys: Sequence[int]) -> list[Row]:
        """Look up keys by a statement with a parameter."""
        execute, sql = self.connection.execute, LOOKUP.format("?")
        return [execute(sql, (key,)).fetchone() for key in keys]

    def count(self, bound: int) -> int:
        """Count by a condition."""
        return int(self.connection.execute(COUNT.format("?"), (bound,)).fetchone()[0])

    def fetch(self) -> list[Row]:
        """Fetch all at once."""
        return list(self.connection.execute(FETCH).fetchall())

    def maximum(self) -> int:
        """Ask for the largest key."""
        return int(self.connection.execute(MAXIMUM).fetchone()[0])

    def join(self, bound: int) -> tuple[int, int]:
        """Join and add up."""
        count, amount = self.connection.execute(JOIN.format("?"), (bound,)).fetchone()
        return int(count), int(amount or 0)

    def insert(self, rows: Sequence[Row]) -> None:
        """Insert in one transaction."""
        self._add("items", rows)

    def _add(self, table: str, rows: Sequence[Row]) -> None:
        self.connection.execute(self.begin)
        self.connection.executemany(insert(table, len(rows[0])), rows)
        self.connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
