"""SQLRite, an engine in Rust after SQLite, on a file; it takes no parameters yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import sqlrite

from hwbench.engines.adapters import sql
from hwbench.engines.protocol import Columns, Row, mapped


class Sqlrite(sql.TextEngine):
    """SQLRite on a file."""

    package = "sqlrite"

    def __init__(self, folder: Path) -> None:
        self.connection = sqlrite.connect(str(folder / "data.sqlrite"))
        self.columns: dict[str, str] = {}

    @staticmethod
    def binary() -> str | None:
        return mapped("sqlrite")

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Make a table in one transaction."""
        self.columns[table] = ", ".join(name for name, _ in columns)
        self.carry_out(sql.create(table, columns))
        self.add(table, rows)

    def carry_out(self, statement: str) -> list[Row]:
        """Carry out a statement."""
        cursor = self.connection.cursor()
        cursor.execute(statement)
        return list(cursor.fetchall()) if statement.startswith("SELECT") else []

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """Insert block by block in one transaction."""
        self.carry_out("BEGIN")
        for start in range(0, len(rows), self.block):
            self.carry_out(sql.insert_text(table, rows[start : start + self.block], self.columns[table]))
        self.connection.commit()

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
