"""Turso, a rewrite of SQLite in Rust (pyturso)."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import turso

from hwbench.engines.adapters.sql import DatabaseEngine


class Turso(DatabaseEngine):
    """Turso on a file."""

    @staticmethod
    def version() -> str:
        """Return the package's version."""
        return version("pyturso")

    @staticmethod
    def binary() -> str | None:
        """Return the extension module's file."""
        return turso._turso.__file__  # noqa: SLF001 - there is no public name for it

    def connect(self, folder: Path) -> Any:
        """Open a file, without the module's own transactions."""
        return turso.connect(str(folder / "data.turso"), isolation_level=None)
