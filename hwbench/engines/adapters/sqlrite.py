"""SQLRite, an engine in Rust after SQLite, on a file; it takes no parameters yet, so that values stand in the SQL."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import sqlrite

from hwbench.engines.adapters import sql
from hwbench.engines.protocol import Row


class Sqlrite(sql.DatabaseEngine):
    """SQLRite on a file."""

    @staticmethod
    def version() -> str:
        """Return the package's version."""
        return version("sqlrite")

    @staticmethod
    def binary() -> str | None:
        """Return the extension module's file."""
        return sqlrite.sqlrite.__file__

    def connect(self, folder: Path) -> Any:
        """Open a file."""
        return sqlrite.connect(str(folder / "data.sqlrite"))

    def lookup(self, keys: Sequence[int]) -> list[Row]:
        """Look up keys, one statement each."""
        return [self.connection.execute(sql.LOOKUP.format(key)).fetchone() for key in keys]

    def count(self, bound: int) -> int:
        """Count by a condition."""
        return int(self.connection.execute(sql.COUNT.format(bound)).fetchone()[0])

    def join(self, bound: int) -> tuple[int, int]:
        """Join and add up."""
        count, amount = self.connection.execute(sql.JOIN.format(bound)).fetchone()
        return int(count), int(amount or 0)

    def _add(self, table: str, rows: Sequence[Row]) -> None:
        self.connection.execute("BEGIN")
        for row in rows:
            self.connection.execute(f"INSERT INTO {table} VALUES ({', '.join(map(sql.literal, row))})")  # noqa: S608 - our own rows
        self.connection.commit()
