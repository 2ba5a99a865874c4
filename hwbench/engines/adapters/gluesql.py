"""GlueSQL, an engine in Rust with exchangeable storage: here on sled, a store of keys in files."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import gluesql

from hwbench.engines.adapters import sql
from hwbench.engines.protocol import Columns, Row

BLOCK = 1000  # rows in one INSERT
TYPES = {"INTEGER": "INTEGER", "REAL": "FLOAT", "TEXT": "TEXT"}


class Gluesql:
    """GlueSQL on a folder; it takes no parameters, so that values stand in the SQL."""

    def __init__(self, folder: Path) -> None:
        self.glue = gluesql.Glue(gluesql.SledStorage(str(folder / "data.sled")))

    @staticmethod
    def version() -> str:
        """Return the package's version."""
        return version("gluesql")

    @staticmethod
    def binary() -> str | None:
        """Return the extension module's file."""
        return gluesql.gluesql.__file__

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Make a table by statements of many rows."""
        self.glue.query(sql.create(table, [(name, TYPES[kind]) for name, kind in columns]))
        self._add(table, rows)

    def _add(self, table: str, rows: Sequence[Row]) -> None:
        for start in range(0, len(rows), BLOCK):
            self.glue.query(f"INSERT INTO {table} VALUES {sql.literals(rows[start : start + BLOCK])}")  # noqa: S608 - our own rows

    def _rows(self, statement: str) -> list[Row]:
        return [tuple(row) for row in self.glue.query(statement)[0]["rows"]]

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
        """Insert by statements of many rows."""
        self._add("items", rows)

    def close(self) -> None:
        """Let the engine go."""
        del self.glue
