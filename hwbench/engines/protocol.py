"""What the study asks of an engine.

An adapter is a class with these methods; it is named in the entry-point group `hwbench.engines`, in any package, and so joins the
study without a change here. Each runs in a process of its own, in a folder of its own, and may fail or crash: that is a result.
Tables are `items` (id, value, price, name), the id being the primary key, and `orders` (id, item, amount).

An adapter may also have a `package` (its version is the engine's) or `version()`, and `binary()`, which returns the file that holds
the engine's machine code; all are asked of the class. This module and whatever a worker needs import the standard library only, since an
engine may live in a Python where nothing of ours is installed.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

Row = tuple[Any, ...]
Columns = Sequence[tuple[str, str]]  # name and type: INTEGER, REAL or TEXT; the first one is the primary key


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


def adapter_of(spec: str, mistakes: str | None = None) -> Any:
    """Return an adapter by `module:class`, with other mistakes if any are named; ImportError where it is not installed."""
    module, _, name = spec.partition(":")
    adapter = getattr(import_module(module), name)
    return adapter if mistakes is None else adapter.with_mistakes(mistakes)


def mapped(name: str) -> str | None:
    """Return the largest of the files with such a name that are part of this process: an adapter's `binary`."""
    maps = Path("/proc/self/maps")
    lines = maps.read_text(encoding="utf-8").splitlines() if maps.exists() else []
    files = {line.split(maxsplit=5)[-1] for line in lines if name in "/".join(line.split("/")[-2:])}
    return max(
        (file for file in files if Path(file).is_file()), key=lambda file: Path(file).stat().st_size, default=None
    )


def version_of(adapter: Any) -> str:
    """Return what an adapter says of its engine's version, or that of its `package`, or nothing."""
    if hasattr(adapter, "version"):
        return str(adapter.version())
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow to import, seldom needed

    try:
        return version(getattr(adapter, "package", ""))
    except (PackageNotFoundError, ValueError):
        return ""


def binary_of(adapter: Any) -> Path | None:
    """Return the file that holds an engine's machine code, where its adapter knows it."""
    path = getattr(adapter, "binary", lambda: None)()
    return Path(path) if path else None
