"""SQLGlot's executor: SQL parsed, optimised and carried out in plain Python over lists of dicts; nothing of it lasts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlglot.executor import execute

from hwbench.engines.adapters import sql
from hwbench.engines.protocol import Columns, Row


class Sqlglot(sql.TextEngine):
    """SQLGlot's Python executor."""

    package = "sqlglot"

    def __init__(self, _folder: Path) -> None:
        self.tables: dict[str, list[dict[str, object]]] = {}
        self.names: dict[str, list[str]] = {}

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Keep the rows as dicts."""
        self.names[table], self.tables[table] = [name for name, _ in columns], []
        self.add(table, rows)

    def carry_out(self, statement: str) -> list[Row]:
        """Carry out a statement."""
        return [tuple(row) for row in execute(statement, tables=self.tables).rows]

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """Add to the list: the executor knows no INSERT."""
        self.tables[table].extend(dict(zip(self.names[table], row, strict=True)) for row in rows)

    def close(self) -> None:
        """Let the tables go."""
        self.tables.clear()
