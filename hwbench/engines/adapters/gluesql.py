"""GlueSQL, an engine in Rust with exchangeable storage: here on sled, a store of keys in files."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import gluesql

from hwbench.engines.adapters import sql
from hwbench.engines.protocol import Columns, Row

TYPES = {"INTEGER": "INTEGER", "REAL": "FLOAT", "TEXT": "TEXT"}


class Gluesql(sql.TextEngine):
    """GlueSQL on a folder."""

    def __init__(self, folder: Path) -> None:
        self.glue = gluesql.Glue(gluesql.SledStorage(str(folder / "data.sled")))

    @staticmethod
    def version() -> str:
        """Return the package's version."""
        return version("gluesql")

    @staticmethod
    def binary() -> str | None:
        """Return the extension module's file."""
        return str(gluesql.gluesql.__file__)

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Make a table by statements of many rows."""
        self.carry_out(sql.create(table, [(name, TYPES[kind]) for name, kind in columns]))
        self.add(table, rows)

    def carry_out(self, statement: str) -> list[Row]:
        """Carry out a statement."""
        return [tuple(row) for row in self.glue.query(statement)[0].get("rows", ())]

    def close(self) -> None:
        """Let the engine go."""
        del self.glue
