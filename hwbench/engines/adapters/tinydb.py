"""TinyDB, documents in one JSON file, in plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import tinydb

from hwbench.engines.protocol import Columns, Row


class Tinydb:
    """TinyDB on a file, whose every change writes the whole file anew."""

    def __init__(self, folder: Path) -> None:
        self.database = tinydb.TinyDB(folder / "data.json")
        self.columns: dict[str, list[str]] = {}

    @staticmethod
    def version() -> str:
        """Return the package's version."""
        return str(tinydb.__version__)

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Insert all documents at once."""
        self.columns[table] = [name for name, _ in columns]
        self._add(table, rows)

    def _add(self, table: str, rows: Sequence[Row]) -> None:
        names = self.columns[table]
        self.database.table(table).insert_multiple(dict(zip(names, row, strict=True)) for row in rows)

    def lookup(self, keys: Sequence[int]) -> list[Row]:
        """Search for keys, one query each."""
        items, wanted = self.database.table("items"), tinydb.Query()
        return [tuple(items.get(wanted.id == key).values()) for key in keys]

    def count(self, bound: int) -> int:
        """Count by a condition."""
        return int(self.database.table("items").count(tinydb.Query().value < bound))

    def fetch(self) -> list[Row]:
        """Turn all documents into tuples."""
        return [tuple(document.values()) for document in self.database.table("items").all()]

    def maximum(self) -> int:
        """Look at every document for the largest key."""
        return max(int(document["id"]) for document in self.database.table("items").all())

    def join(self, bound: int) -> tuple[int, int]:
        """Join by a dict: the database knows no joins."""
        chosen = {document["id"] for document in self.database.table("items").search(tinydb.Query().value < bound)}
        amounts = [document["amount"] for document in self.database.table("orders").all() if document["item"] in chosen]
        return len(amounts), sum(amounts)

    def insert(self, rows: Sequence[Row]) -> None:
        """Insert all documents at once."""
        self._add("items", rows)

    def close(self) -> None:
        """Close the file."""
        self.database.close()
