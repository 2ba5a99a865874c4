"""Random schemas, rows and queries that both sqlite3 and the plausible engine understand, and how their answers are compared."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

Row = tuple[Any, ...]
TYPES = ("INTEGER", "REAL", "TEXT")
WORDS = ("", "a", "b", "ab", "é", "zz", "Ω mega")
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
DEEPEST = 3


@dataclass(frozen=True)
class Table:
    """A table's columns with their types, and its rows."""

    name: str
    columns: tuple[tuple[str, str], ...]
    has_key: bool
    rows: list[Row]

    @property
    def create(self) -> str:
        """The statement that makes it."""
        key = " PRIMARY KEY" if self.has_key else ""
        columns = [f"{name} {kind}{key if not place else ''}" for place, (name, kind) in enumerate(self.columns)]
        return f"CREATE TABLE {self.name} ({', '.join(columns)})"

    @property
    def insert(self) -> str:
        """The statement that adds a row."""
        return f"INSERT INTO {self.name} VALUES ({', '.join('?' * len(self.columns))})"


def random_table(random: Random, name: str) -> Table:
    """Return a table with a column `id`, mostly its primary key, and up to four others."""
    kinds = ("INTEGER", *(random.choice(TYPES) for _ in range(random.randint(1, 4))))
    columns = tuple((f"{name}{place}" if place else "id", kind) for place, kind in enumerate(kinds))
    count, has_key = random.choice((0, 1, 5, 40, 150)), random.random() < 0.8
    ids = random.sample(range(-50, 300), count) if has_key else [random.randint(0, 20) for _ in range(count)]
    rows = [(each, *(random_value(random, kind) for kind in kinds[1:])) for each in ids]
    return Table(name, columns, has_key, rows)


def random_value(random: Random, kind: str) -> int | float | str:
    """Return a value that is often met twice."""
    if kind == "INTEGER":
        return random.randint(-5, 20)
    return round(random.uniform(-3, 3), 1) if kind == "REAL" else random.choice(WORDS)


@dataclass
class Asked:
    """A query that is being made up, and its parameters."""

    random: Random
    tables: tuple[Table, ...]
    values: list[int | float | str] = field(default_factory=list)

    def columns(self, *kinds: str) -> list[str]:
        """Return the columns of some types, by their full names."""
        return [f"{table.name}.{name}" for table in self.tables for name, kind in table.columns if kind in kinds]

    def parameter(self, value: float | str) -> str:
        """Return a `?` for a value."""
        self.values.append(value)
        return "?"

    def number(self, depth: int = 0) -> str:
        """Return an expression of numbers."""
        draw = self.random.random()
        if draw < 0.5 or depth == DEEPEST:
            return self.random.choice(self.columns("INTEGER", "REAL"))
        if draw < 0.75:
            return self.parameter(random_value(self.random, self.random.choice(TYPES[:2])))
        if draw < 0.85:
            return str(self.random.randint(0, 9))
        first = self.number(depth + 1)
        return f"({first} {self.random.choice('+-*')} {self.number(depth + 1)})"

    def comparison(self, depth: int) -> str:
        """Return a comparison of texts, of a key, or of numbers."""
        draw, texts = self.random.random(), self.columns("TEXT")
        if texts and draw < 0.25:
            compared = f"{self.random.choice(texts)} {self.random.choice(COMPARISONS)}"
            return f"{compared} {self.parameter(self.random.choice(WORDS))}"
        if draw < 0.45:
            table = self.random.choice(self.tables)
            return f"{table.name}.id = {self.parameter(self.random.randint(-50, 60))}"
        first = self.number(depth)
        return f"{first} {self.random.choice(COMPARISONS)} {self.number(depth)}"

    def condition(self, depth: int = 0) -> str:
        """Return a condition."""
        draw = self.random.random()
        if draw < 0.55 or depth == DEEPEST:
            return self.comparison(depth)
        if draw < 0.65:
            return f"NOT ({self.condition(depth + 1)})"
        first, word = self.condition(depth + 1), self.random.choice(("AND", "AND", "OR"))
        return f"({first} {word} {self.condition(depth + 1)})"

    def selected(self) -> str:
        """Return what is selected: everything, expressions, or aggregates."""
        draw, texts = self.random.random(), self.columns("TEXT")
        if draw < 0.2:
            return "*"
        if draw < 0.55:
            return ", ".join(self.aggregate(texts) for _ in range(self.random.randint(1, 3)))
        return ", ".join(
            self.random.choice(texts) if texts and self.random.random() < 0.4 else self.number()
            for _ in range(self.random.randint(1, 4))
        )

    def aggregate(self, texts: Sequence[str]) -> str:
        """Return an aggregate."""
        name = self.random.choice(("count", "sum", "avg", "min", "max"))
        if name == "count":
            return "count(*)"
        if name in ("min", "max") and texts and self.random.random() < 0.4:
            return f"{name}({self.random.choice(texts)})"
        return f"{name}({self.number()})"

    def joined(self) -> str:
        """Return the join of the two tables, on columns that can be compared."""
        left, right = self.tables
        pairs = [
            (one, other)
            for one, kind in left.columns
            for other, like in right.columns
            if (kind == "TEXT") == (like == "TEXT")
        ]
        one, other = self.random.choice(pairs)
        return f"{left.name} JOIN {right.name} ON {left.name}.{one} = {right.name}.{other}"


def random_query(random: Random, tables: tuple[Table, Table]) -> tuple[str, list[int | float | str]]:
    """Return a SELECT of one table or of both, and its parameters."""
    chosen = tables if random.random() < 0.5 else (random.choice(tables),)
    asked = Asked(random, chosen)
    sql = f"SELECT {asked.selected()} FROM {asked.joined() if len(chosen) == 2 else chosen[0].name}"
    return (f"{sql} WHERE {asked.condition()}" if random.random() < 0.7 else sql), asked.values


def sqlite_with(tables: Sequence[Table]) -> sqlite3.Connection:
    """Return a database in memory that holds the tables."""
    connection = sqlite3.connect(":memory:")
    for table in tables:
        connection.execute(table.create)
        connection.executemany(table.insert, table.rows)
    return connection


def are_same(found: Sequence[Row], wanted: Sequence[Row]) -> bool:
    """Whether two answers hold the same rows in any order, reals within rounding."""
    if len(found) != len(wanted):
        return False
    return all(map(_is_same_row, sorted(found, key=_order), sorted(wanted, key=_order)))


def _order(row: Row) -> Row:
    return tuple(
        (0, "") if value is None else (1, value) if isinstance(value, str) else (2, round(value, 6)) for value in row
    )


def _is_same_row(one: Row, other: Row) -> bool:
    return len(one) == len(other) and all(map(_is_same_value, one, other))


def _is_same_value(one: Any, other: Any) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-6)
    return bool(one == other)
