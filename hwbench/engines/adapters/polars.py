"""Polars, a library of data frames in Rust: columns in memory, written to a Parquet file where they should last."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from hwbench.engines.protocol import Columns, Row, mapped

TYPES = {"INTEGER": pl.Int64, "REAL": pl.Float64, "TEXT": pl.String}


class Polars:
    """Data frames in memory; an insert also writes the new rows to a file that is synced."""

    package = "polars"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.frames: dict[str, pl.DataFrame] = {}

    @staticmethod
    def binary() -> str | None:
        return mapped("polars")

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        self.frames[table] = pl.DataFrame(rows, schema={name: TYPES[kind] for name, kind in columns}, orient="row")

    def lookup(self, keys: Sequence[int]) -> list[Row]:
        items = self.frames["items"]
        return [items.filter(pl.col("id") == key).row(0) for key in keys]

    def count(self, bound: int) -> int:
        return int(self.frames["items"].lazy().filter(pl.col("value") < bound).select(pl.len()).collect().item())

    def fetch(self) -> list[Row]:
        return list(self.frames["items"].rows())

    def maximum(self) -> int:
        return int(self.frames["items"]["id"].max())

    def join(self, bound: int) -> tuple[int, int]:
        """Join and add up."""
        items = self.frames["items"].lazy().filter(pl.col("value") < bound)
        joined = self.frames["orders"].lazy().join(items, left_on="item", right_on="id")
        return joined.select(pl.len(), pl.col("amount").sum()).collect().row(0)  # type: ignore[no-any-return]

    def insert(self, rows: Sequence[Row]) -> None:
        added = pl.DataFrame(rows, schema=self.frames["items"].schema, orient="row")
        with (self.folder / f"{self.frames['items'].height}.parquet").open("wb", buffering=0) as file:
            added.write_parquet(file)
            os.fsync(file.fileno())
        self.frames["items"] = self.frames["items"].vstack(added)

    def close(self) -> None:
        self.frames.clear()
