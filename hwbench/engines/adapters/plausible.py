"""Our own plausible engine with all four mistakes, and `tuned` without any."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from hwbench.engines.adapters import sql
from hwbench.engines.library import is_built, library
from hwbench.engines.plausible import Connection, Mistake
from hwbench.engines.protocol import Columns, Row


class Plausible(sql.SqlEngine):
    """The engine with all four mistakes: it compiles, it answers rightly, and it is slow."""

    package = "hwbench-toolkit"
    mistakes: ClassVar[Mistake] = Mistake.ALL

    @classmethod
    def with_mistakes(cls, names: str) -> type[Plausible]:
        return type("Variant", (cls,), {"mistakes": Mistake.named(names)})

    def __init__(self, folder: Path) -> None:
        self.path = folder / "data.plausible"
        self.connection = Connection(self.path, self.mistakes)

    @staticmethod
    def binary() -> str | None:
        return library().file if is_built() else None

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        self.connection.close()
        with Connection(self.path) as quick:  # the mistakes would search for each row's key, and wait for the disk
            quick.execute(sql.create(table, columns))
            quick.insert(sql.insert(table, len(columns)), rows)
        self.connection = Connection(self.path, self.mistakes)

    def rows(self, statement: str, values: Sequence[int] = ()) -> list[Row]:
        return self.connection.execute(statement, values)

    def insert(self, rows: Sequence[Row]) -> None:
        self.connection.insert(sql.insert("items", len(rows[0])), rows)

    def close(self) -> None:
        self.connection.close()


class Tuned(Plausible):
    """The engine without any of the four mistakes."""

    mistakes: ClassVar[Mistake] = Mistake.NONE
