"""TinyDB, documents in one JSON file, in plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import tinydb

from hwbench.engines.protocol import Columns, Row


class Tinydb:
    """TinyDB on a file, whose every change writes the whole file anew."""

    package = "tinydb"

    def __init__(self, folder: Path) -> None:
        self.database = tinydb.TinyDB(folder / "data.json")
        self.columns: dict[str, list[str]] = {}

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        self.columns[table] = [name for name, _ in columns]
        self._add(table, rows)

    def _add(self, table: str, rows: Sequence[Row]) -> None:
        names = self.columns[table]
        self.database.table(table).insert_multiple(dict(zip(names, row, strict=True)) for row in rows)

    def lookup(self, keys: Sequence[int]) -> list[Row]:
        items, wanted = self.database.table("items"), tinydb.Query()
        return [tuple(items.get(wanted.id == key).values()) for key in keys]

    def count(self, bound: int) -> int:
        return int(self.database.table("items").count(tinydb.Query().value < bound))

    def fetch(self) -> list[Row]:
        return [tuple(document.values()) for document in self.database.table("items").all()]

    def maximum(self) -> int:
        return max(int(document["id"]) for document in self.database.table("items").all())

    def join(self, bound: int) -> tuple[int, int]:
        """Join by a dict: the database knows no joins."""
        chosen = {document["id"] for document in self.database.table("items").search(tinydb.Query().value < bound)}
        amounts = [document["amount"] for document in self.database.table("orders").all() if document["item"] in chosen]
        return len(amounts), sum(amounts)

    def insert(self, rows: Sequence[Row]) -> None:
        self._add("items", rows)

    def close(self) -> None:
        self.database.close()
