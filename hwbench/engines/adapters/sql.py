"""What engines that speak SQL have in common: the statements, and how a connection carries them out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from hwbench.engines.protocol import Columns, Row

LOOKUP = "SELECT id, value, price, name FROM items WHERE id = ?"
COUNT = "SELECT count(*) FROM items WHERE value < ?"
FETCH = "SELECT id, value, price, name FROM items"
MAXIMUM = "SELECT max(id) FROM items"
JOIN = "SELECT count(*), sum(orders.amount) FROM orders JOIN items ON orders.item = items.id WHERE items.value < ?"


def create(table: str, columns: Columns) -> str:
    """Return the statement that makes a table whose first column is its primary key."""
    named = [f"{name} {kind}{'' if place else ' PRIMARY KEY'}" for place, (name, kind) in enumerate(columns)]
    return f"CREATE TABLE {table} ({', '.join(named)})"


def insert(table: str, width: int) -> str:
    """Return the statement that adds a row of parameters."""
    return f"INSERT INTO {table} VALUES ({', '.join('?' * width)})"  # noqa: S608 - the table's name is ours


def insert_text(table: str, rows: Sequence[Row], columns: str = "") -> str:
    """Return one statement that adds rows, for engines that take no parameters; `columns` where it wants them named."""
    values = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
    return f"INSERT INTO {table}{columns and f' ({columns})'} VALUES {values}"  # noqa: S608 - our own rows


def literal(value: object) -> str:
    """Return a value as SQL has it."""
    return "'{}'".format(value.replace("'", "''")) if isinstance(value, str) else repr(value)


class SqlEngine:
    """An engine that is asked in SQL: `rows` carries a statement out."""

    def rows(self, statement: str, values: Sequence[int] = ()) -> Sequence[Row]:
        """Carry out a statement with its parameters and return its rows."""
        raise NotImplementedError

    def lookup(self, keys: Sequence[int]) -> list[Row]:
        """Look up keys, one statement each."""
        rows = self.rows
        return [rows(LOOKUP, (key,))[0] for key in keys]

    def count(self, bound: int) -> int:
        """Count by a condition."""
        return int(self.rows(COUNT, (bound,))[0][0])

    def fetch(self) -> Sequence[Row]:
        """Fetch all at once."""
        return self.rows(FETCH)

    def maximum(self) -> int:
        """Ask for the largest key."""
        return int(self.rows(MAXIMUM)[0][0])

    def join(self, bound: int) -> tuple[int, int]:
        """Join and add up."""
        count, amount = self.rows(JOIN, (bound,))[0]
        return int(count), int(amount or 0)


class TextEngine(SqlEngine):
    """An engine that takes no parameters: values stand in the text, in blocks of rows where it takes several."""

    block: ClassVar[int] = 1000

    def carry_out(self, statement: str) -> Sequence[Row]:
        """Carry out a statement and return its rows."""
        raise NotImplementedError

    def rows(self, statement: str, values: Sequence[int] = ()) -> Sequence[Row]:
        """Put the values into the statement and carry it out."""
        for value in values:
            statement = statement.replace("?", literal(value), 1)
        return self.carry_out(statement)

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """Insert block by block."""
        for start in range(0, len(rows), self.block):
            self.carry_out(insert_text(table, rows[start : start + self.block]))

    def insert(self, rows: Sequence[Row]) -> None:
        """Insert block by block."""
        self.add("items", rows)


class DatabaseEngine(SqlEngine):
    """An engine whose `connection` is a DB-API one that takes `?` parameters and commits where it is told to."""

    connection: Any

    def rows(self, statement: str, values: Sequence[int] = ()) -> Sequence[Row]:
        """Carry out a statement with its parameters."""
        return self.connection.cursor().execute(statement, values).fetchall()  # type: ignore[no-any-return]

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Make a table in one transaction."""
        self.connection.cursor().execute(create(table, columns))
        self.add(table, rows)

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """Insert in one transaction."""
        cursor = self.connection.cursor()
        cursor.execute("BEGIN")
        self.add_many(cursor, insert(table, len(rows[0])), rows)
        cursor.execute("COMMIT")

    def add_many(self, cursor: Any, statement: str, rows: Sequence[Row]) -> None:
        """Carry a statement out for each row."""
        cursor.executemany(statement, rows)

    def insert(self, rows: Sequence[Row]) -> None:
        """Insert in one transaction."""
        self.add("items", rows)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
