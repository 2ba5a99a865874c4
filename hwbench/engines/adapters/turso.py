"""Turso, a rewrite of SQLite in Rust (pyturso)."""

from __future__ import annotations

from pathlib import Path

import turso

from hwbench.engines.adapters.sql import DatabaseEngine
from hwbench.engines.protocol import mapped


class Turso(DatabaseEngine):
    """Turso on a file, without the module's own transactions."""

    package = "pyturso"

    def __init__(self, folder: Path) -> None:
        self.connection = turso.connect(str(folder / "data.turso"), isolation_level=None)

    @staticmethod
    def binary() -> str | None:
        return mapped("turso")
