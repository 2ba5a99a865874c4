"""SQLRite, an engine in Rust after SQLite, on a file; it takes no parameters yet."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import sqlrite

from hwbench.engines.adapters import sql
from hwbench.engines.protocol import Columns, Row


class Sqlrite(sql.TextEngine):
    """SQLRite on a file."""

    def __init__(self, folder: Path) -> None:
        self.connection = sqlrite.connect(str(folder / "data.sqlrite"))

    @staticmethod
    def version() -> str:
        """Return the package's version."""
        return version("sqlrite")

    @staticmethod
    def binary() -> str | None:
        """Return the extension module's file."""
        return str(sqlrite.sqlrite.__file__)

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Make a table in one transaction."""
        self.carry_out(sql.create(table, columns))
        self.add(table, rows)

    def carry_out(self, statement: str) -> list[Row]:
        """Carry out a statement."""
        cursor = self.connection.cursor()
        cursor.execute(statement)
        return list(cursor.fetchall()) if statement.startswith("SELECT") else []

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """Insert row by row in one transaction."""
        self.carry_out("BEGIN")
        for row in rows:
            self.carry_out(sql.insert_text(table, [row]))
        self.connection.commit()

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
