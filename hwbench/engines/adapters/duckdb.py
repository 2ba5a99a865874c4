"""DuckDB, an analytical engine of columns, on a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from hwbench.engines.adapters import sql
from hwbench.engines.protocol import Row, mapped

BLOCK = 2000  # rows in one INSERT: it takes a statement of many sooner than one with parameters for each


class Duckdb(sql.DatabaseEngine):
    """DuckDB on a file."""

    package = "duckdb"

    def __init__(self, folder: Path) -> None:
        self.connection = duckdb.connect(str(folder / "data.duckdb"))

    @staticmethod
    def binary() -> str | None:
        return mapped("duckdb")

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """Insert in one transaction, by statements of many rows."""
        self.connection.execute("BEGIN TRANSACTION")
        for start in range(0, len(rows), BLOCK):
            self.connection.execute(sql.insert_text(table, rows[start : start + BLOCK]))
        self.connection.execute("COMMIT")
