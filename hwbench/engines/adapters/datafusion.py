"""DataFusion, a query engine in Rust over Arrow columns in memory; what it inserts does not last."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import datafusion
import pyarrow as pa

from hwbench.engines.adapters import sql
from hwbench.engines.protocol import Columns, Row, mapped

TYPES = {"INTEGER": pa.int64(), "REAL": pa.float64(), "TEXT": pa.string()}


class Datafusion(sql.TextEngine):
    """DataFusion over record batches."""

    package = "datafusion"
    block = 10_000

    def __init__(self, _folder: Path) -> None:
        self.context = datafusion.SessionContext()

    @staticmethod
    def binary() -> str | None:
        return mapped("datafusion")

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Make a table of one batch."""
        schema = pa.schema([(name, TYPES[kind]) for name, kind in columns])
        arrays: list[Any] = [
            pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), schema, strict=True)
        ]
        self.context.register_record_batches(table, [[pa.record_batch(arrays, schema=schema)]])

    def carry_out(self, statement: str) -> list[Row]:
        """Carry out a statement and turn what comes into tuples."""
        batches = self.context.sql(statement).collect()
        return [row for batch in batches for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)]

    def close(self) -> None:
        """Let the context go."""
        del self.context
