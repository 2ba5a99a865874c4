"""Polars, a library of data frames in Rust: columns in memory, written to a Parquet file where they should last."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from hwbench.engines.protocol import Columns, Row

TYPES = {"INTEGER": pl.Int64, "REAL": pl.Float64, "TEXT": pl.String}


class Polars:
    """Data frames in memory; an insert appends a file of the new rows and syncs it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.frames, self.inserts = folder, {}, 0  # type: ignore[var-annotated]

    @staticmethod
    def version() -> str:
        """Return the package's version."""
        return str(pl.__version__)

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Make a frame."""
        self.frames[table] = pl.DataFrame(rows, schema={name: TYPES[kind] for name, kind in columns}, orient="row")

    def lookup(self, keys: Sequence[int]) -> list[Row]:
        """Look up keys, one filter each: a frame has no index."""
        items = self.frames["items"]
        return [items.filter(pl.col("id") == key).row(0) for key in keys]

    def count(self, bound: int) -> int:
        """Count by a condition."""
        return int(self.frames["items"].lazy().filter(pl.col("value") < bound).select(pl.len()).collect().item())

    def fetch(self) -> list[Row]:
        """Turn all into tuples."""
        return list(self.frames["items"].rows())

    def maximum(self) -> int:
        """Ask for the largest key."""
        return int(self.frames["items"]["id"].max())

    def join(self, bound: int) -> tuple[int, int]:
        """Join and add up."""
        items = self.frames["items"].lazy().filter(pl.col("value") < bound)
        joined = self.frames["orders"].lazy().join(items, left_on="item", right_on="id")
        count, amount = joined.select(pl.len(), pl.col("amount").sum()).collect().row(0)
        return int(count), int(amount)

    def insert(self, rows: Sequence[Row]) -> None:
        """Append to the frame, and write the new rows to a file that is synced."""
        added = pl.DataFrame(rows, schema=self.frames["items"].schema, orient="row")
        self.inserts += 1
        with (self.folder / f"{self.inserts}.parquet").open("wb") as file:
            added.write_parquet(file)
            file.flush()
            os.fsync(file.fileno())
        self.frames["items"] = self.frames["items"].vstack(added)

    def close(self) -> None:
        """Let the frames go."""
        self.frames.clear()
