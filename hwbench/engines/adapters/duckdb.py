"""DuckDB, an analytical engine of columns, on a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from hwbench.engines.adapters.sql import DatabaseEngine, literals
from hwbench.engines.protocol import Row

BLOCK = 2000  # rows in one INSERT


class Duckdb(DatabaseEngine):
    """DuckDB on a file."""

    begin = "BEGIN TRANSACTION"

    @staticmethod
    def version() -> str:
        """Return the package's version."""
        return str(duckdb.__version__)

    def connect(self, folder: Path) -> Any:
        """Open a file."""
        return duckdb.connect(str(folder / "data.duckdb"))

    def _add(self, table: str, rows: Sequence[Row]) -> None:
        """Insert by statements of many rows, which it takes quicker than one with parameters for each."""
        self.connection.execute(self.begin)
        for start in range(0, len(rows), BLOCK):
            self.connection.execute(f"INSERT INTO {table} VALUES {literals(rows[start : start + BLOCK])}")  # noqa: S608 - our own rows
        self.connection.execute("COMMIT")
