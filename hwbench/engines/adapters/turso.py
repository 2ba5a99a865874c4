"""Turso, a rewrite of SQLite in Rust (pyturso)."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import turso

from hwbench.engines.adapters.sql import DatabaseEngine


class Turso(DatabaseEngine):
    """Turso on a file, without the module's own transactions."""

    def __init__(self, folder: Path) -> None:
        self.connection = turso.connect(str(folder / "data.turso"), isolation_level=None)

    @staticmethod
    def version() -> str:
        """Return the package's version."""
        return version("pyturso")

    @staticmethod
    def binary() -> str | None:
        """Return the extension module's file."""
        return str(turso._turso.__file__)  # noqa: SLF001 - there is no public name for it
