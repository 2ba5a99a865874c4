"""The table of a finished run: seconds per repeat become the price of a unit of work, and a rate in bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hwbench.units import format_rate, format_time

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADERS = ("benchmark", "a repeat", "a unit", "unit", "rate")


def benchmark_table(benchmarks: Sequence[Any]) -> str:
    """Return a table of pyperf benchmarks made by `hwbench run`: medians, as pyperf gives them."""
    from tabulate import tabulate

    rows = [_row(b.get_name(), b.median(), b.get_metadata()) for b in benchmarks if b.get_nvalue()]
    return str(tabulate(rows, HEADERS))


def _row(name: str, seconds: float, metadata: dict[str, Any]) -> tuple[str, ...]:
    unit = str(metadata.get("work_unit", ""))
    units = float(metadata.get(f"work_{unit}", 0))
    moved = float(metadata.get("work_bytes", 0))
    return (
        name,
        format_time(seconds * 1e9),
        format_time(seconds * 1e9 / units) if units else "",
        unit,
        format_rate(moved / seconds) if moved else "",
    )
