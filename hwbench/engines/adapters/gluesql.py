"""GlueSQL, an engine in Rust with exchangeable storage: here on sled, a store of keys in files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import gluesql

from hwbench.engines.adapters import sql
from hwbench.engines.protocol import Columns, Row, mapped

TYPES = {"INTEGER": "INTEGER", "REAL": "FLOAT", "TEXT": "TEXT"}


class Gluesql(sql.TextEngine):
    """GlueSQL on a folder."""

    package = "gluesql"
    block = 10_000

    def __init__(self, folder: Path) -> None:
        self.glue = gluesql.Glue(gluesql.SledStorage(str(folder / "data.sled")))

    @staticmethod
    def binary() -> str | None:
        return mapped("gluesql")

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Make a table by statements of many rows."""
        self.carry_out(sql.create(table, [(name, TYPES[kind]) for name, kind in columns]))
        self.add(table, rows)

    def carry_out(self, statement: str) -> list[Row]:
        """Carry out a statement."""
        names = statement.partition("SELECT ")[2].partition(" FROM ")[0].split(", ")  # rows come as dicts
        return [tuple(row[name] for name in names) for row in self.glue.query(statement)[0].get("rows", ())]

    def close(self) -> None:
        """Let the engine go."""
        del self.glue
