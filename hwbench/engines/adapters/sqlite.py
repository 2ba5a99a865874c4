"""SQLite, as the standard library has it; durable as it is by default: a journal that is synced, then the file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from hwbench.engines.adapters.sql import DatabaseEngine
from hwbench.engines.protocol import mapped


class Sqlite(DatabaseEngine):
    """The standard library's sqlite3, without the module's own transactions."""

    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(folder / "data.sqlite", isolation_level=None)

    @staticmethod
    def version() -> str:
        """Return the library's version."""
        return sqlite3.sqlite_version

    @staticmethod
    def binary() -> str | None:
        return mapped("sqlite3")
