"""Our own plausible engine with all four mistakes, and `tuned` without any."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from hwbench import native
from hwbench.engines.adapters import sql
from hwbench.engines.plausible import Connection, Mistake
from hwbench.engines.protocol import Columns, Row
from hwbench.records import Unavailable


class Plausible(sql.SqlEngine):
    """The engine with all four mistakes: it compiles, it answers rightly, and it is slow."""

    mistakes: ClassVar[Mistake] = Mistake.ALL

    @classmethod
    def with_mistakes(cls, words: str) -> type[Plausible]:
        """Return the engine that makes these mistakes: their names joined by +, or `none`."""
        made = [Mistake[word.strip().upper()] for word in words.split("+")]
        return type("Variant", (cls,), {"mistakes": functools.reduce(operator.or_, made)})

    def __init__(self, folder: Path) -> None:
        self.connection = Connection(folder / "data.plausible", self.mistakes)

    @staticmethod
    def binary() -> str | None:
        """Return the extension module's file."""
        library = native.plausible()
        return None if isinstance(library, Unavailable) else library.file

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Make a table; the mistakes are made here as well."""
        self.connection.execute(sql.create(table, columns))
        self.connection.insert(sql.insert(table, len(columns)), rows)

    def rows(self, statement: str, values: Sequence[int] = ()) -> list[Row]:
        """Carry out a statement."""
        return self.connection.execute(statement, values)

    def insert(self, rows: Sequence[Row]) -> None:
        """Insert in one call."""
        self.connection.insert(sql.insert("items", len(rows[0])), rows)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


class Tuned(Plausible):
    """The engine without any of the four mistakes."""

    mistakes: ClassVar[Mistake] = Mistake.NONE
