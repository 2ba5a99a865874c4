"""SQLGlot's executor: SQL parsed, optimised and carried out in plain Python over lists of dicts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import sqlglot
from sqlglot.executor import execute

from hwbench.engines.adapters import sql
from hwbench.engines.protocol import Columns, Row


class Sqlglot:
    """SQLGlot's Python executor; nothing of it lasts."""

    def __init__(self, _folder: Path) -> None:
        self.tables: dict[str, list[dict[str, object]]] = {}
        self.names: dict[str, list[str]] = {}

    @staticmethod
    def version() -> str:
        """Return the package's version."""
        return str(sqlglot.__version__)

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Keep the rows as dicts."""
        self.names[table] = [name for name, _ in columns]
        self.tables[table] = [dict(zip(self.names[table], row, strict=True)) for row in rows]

    def _rows(self, statement: str) -> list[Row]:
        return [tuple(row) for row in execute(statement, tables=self.tables).rows]

    def lookup(self, keys: Sequence[int]) -> list[Row]:
        """Look up keys, one statement each."""
        return [self._rows(sql.LOOKUP.format(key))[0] for key in keys]

    def count(self, bound: int) -> int:
        """Count by a condition."""
        return int(self._rows(sql.COUNT.format(bound))[0][0])

    def fetch(self) -> list[Row]:
        """Fetch all at once."""
        return self._rows(sql.FETCH)

    def maximum(self) -> int:
        """Ask for the largest key."""
        return int(self._rows(sql.MAXIMUM)[0][0])

    def join(self, bound: int) -> tuple[int, int]:
        """Join and add up."""
        count, amount = self._rows(sql.JOIN.format(bound))[0]
        return int(count), int(amount or 0)

    def insert(self, rows: Sequence[Row]) -> None:
        """Add to the list: the executor knows no INSERT."""
        self.tables["items"].extend(dict(zip(self.names["items"], row, strict=True)) for row in rows)

    def close(self) -> None:
        """Let the tables go."""
        self.tables.clear()
