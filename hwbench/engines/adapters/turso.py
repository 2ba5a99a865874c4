"""Turso, a rewrite of SQLite in Rust (pyturso)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import turso

from hwbench.engines.adapters.sql import DatabaseEngine
from hwbench.engines.protocol import Row, mapped


class Turso(DatabaseEngine):
    """Turso on a file, without the module's own transactions."""

    package = "pyturso"

    def __init__(self, folder: Path) -> None:
        try:
            self.connection = turso.connect(str(folder / "data.turso"), isolation_level=None)
        except TypeError:  # versions that have no transactions of their own to be switched off
            self.connection = turso.connect(str(folder / "data.turso"))

    def add_many(self, cursor: Any, statement: str, rows: Sequence[Row]) -> None:
        try:
            cursor.executemany(statement, rows)
        except turso.NotSupportedError:  # before 0.3
            for row in rows:
                cursor.execute(statement, row)

    @staticmethod
    def binary() -> str | None:
        return mapped("turso")
