"""What the study asks of an engine, and how engines are found.

An adapter is a class with these methods; it is named in the entry-point group `hwbench.engines`, in any package, and so joins the
study without a change here. Each runs in a process of its own, in a folder of its own, and may fail or crash: that is a result.
Tables are `items` (id, value, price, name), the id being the primary key, and `orders` (id, item, amount).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from hwbench.errors import UsageError
from hwbench.records import Unavailable

Row = tuple[Any, ...]
Columns = Sequence[tuple[str, str]]  # name and type: INTEGER, REAL or TEXT; the first one is the primary key

GROUP: Final = "hwbench.engines"


@runtime_checkable
class Engine(Protocol):
    """An open engine: made with a folder that it may keep its files in."""

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Make a table of these rows; never timed, so the engine's quickest way."""

    def lookup(self, keys: Sequence[int]) -> Sequence[Row]:
        """Return the items of these keys, asked for one after the other."""

    def count(self, bound: int) -> int:
        """Return how many items have a value below the bound."""

    def fetch(self) -> Sequence[Row]:
        """Return all items, as tuples."""

    def maximum(self) -> int:
        """Return the largest primary key of the items."""

    def join(self, bound: int) -> tuple[int, int]:
        """Return how many orders are of items whose value is below the bound, and the sum of their amounts."""

    def insert(self, rows: Sequence[Row]) -> None:
        """Add items in one batch; they are durable when it returns, if the engine can make them so."""

    def close(self) -> None:
        """End it."""


@dataclass(frozen=True)
class Known:
    """An engine that has an adapter: its name, what makes it, and what installs the package that it needs."""

    name: str
    entry: EntryPoint

    def load(self) -> Any | Unavailable:
        """Return the adapter's class, or why it is not there, with the command that installs it."""
        try:
            return self.entry.load()
        except ImportError as error:
            return Unavailable(reason=f"{error.name or self.name} is not installed", remedy="pip install 'hwbench-toolkit[engines]'")


def known_engines() -> dict[str, Known]:
    """Return every engine that has an adapter, by name, in the order of their names."""
    found = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    return {entry.name: Known(entry.name, entry) for entry in found}


def known_engine(name: str) -> Known:
    """Return an engine by its name; raises UsageError where there is none."""
    engines = known_engines()
    if name not in engines:
        raise UsageError(f"there is no engine {name!r}; there are {', '.join(engines)}")
    return engines[name]


def version_of(adapter: Any) -> str:
    """Return what an adapter says of its engine's version, or nothing."""
    return str(getattr(adapter, "version", lambda: "")())


def binary_of(adapter: Any) -> Path | None:
    """Return the file that holds an engine's machine code, where its adapter knows it."""
    path = getattr(adapter, "binary", lambda: None)()
    return Path(path) if path else None
