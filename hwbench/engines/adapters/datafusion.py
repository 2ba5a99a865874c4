"""DataFusion, a query engine in Rust over Arrow columns in memory; what it inserts does not last."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import datafusion
import pyarrow as pa

from hwbench.engines.adapters import sql
from hwbench.engines.protocol import Columns, Row

TYPES = {"INTEGER": pa.int64(), "REAL": pa.float64(), "TEXT": pa.string()}


class Datafusion:
    """DataFusion over record batches."""

    def __init__(self, _folder: Path) -> None:
        self.context = datafusion.SessionContext()
        self.schemas: dict[str, Any] = {}

    @staticmethod
    def version() -> str:
        """Return the package's version."""
        return str(datafusion.__version__)

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Make a table of one batch."""
        self.schemas[table] = pa.schema([(name, TYPES[kind]) for name, kind in columns])
        self.context.register_record_batches(table, [[self._batch(table, rows)]])

    def _batch(self, table: str, rows: Sequence[Row]) -> Any:
        return pa.record_batch([list(column) for column in zip(*rows, strict=True)], schema=self.schemas[table])

    def _rows(self, statement: str) -> list[Row]:
        batches = self.context.sql(statement).collect()
        return [row for batch in batches for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)]

    def lookup(self, keys: Sequence[int]) -> list[Row]:
        """Look up keys, one statement each."""
        return [self._rows(sql.LOOKUP.format(key))[0] for key in keys]

    def count(self, bound: int) -> int:
        """Count by a condition."""
        return int(self._rows(sql.COUNT.format(bound))[0][0])

    def fetch(self) -> list[Row]:
        """Turn all into tuples."""
        return self._rows(sql.FETCH)

    def maximum(self) -> int:
        """Ask for the largest key."""
        return int(self._rows(sql.MAXIMUM)[0][0])

    def join(self, bound: int) -> tuple[int, int]:
        """Join and add up."""
        count, amount = self._rows(sql.JOIN.format(bound))[0]
        return int(count), int(amount or 0)

    def insert(self, rows: Sequence[Row]) -> None:
        """Insert into the table in memory."""
        self.context.sql(f"INSERT INTO items VALUES {sql.literals(rows)}").collect()  # noqa: S608 - our own rows

    def close(self) -> None:
        """Let the context go."""
        del self.context
