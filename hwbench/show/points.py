"""Curves other than the latency curve as text: a grid where a curve spans two axes, else a table with readable units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hwbench.units import format_bytes, format_rate, format_time, significant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hwbench.records import Point

# The axes of curves that span two: down, across, and what stands in a cell.
GRIDS: Final = {
    "mountain": ("bytes", "stride_bytes", "bytes_per_second"),
    "core_to_core": ("from", "to", "ns"),
}
SHADES: Final = " ░▒▓█"


def table(name: str, points: Sequence[Point], *, unicode: bool = True) -> str:
    """Return a curve's points as a grid or a table; an empty curve as an empty text."""
    if not points:
        return ""
    if name in GRIDS and all(set(GRIDS[name]) <= set(point) for point in points):
        return _grid(points, *GRIDS[name], unicode=unicode)
    from tabulate import tabulate

    keys = list(dict.fromkeys(key for point in points for key in point))
    main = "ns" if "ns" in keys else next((key for key in keys if key.endswith("_per_second")), "")
    rows = [
        [_written(main if key in ("low", "high") else key, point[key]) if key in point else "" for key in keys]
        for point in points
    ]
    return str(tabulate(rows, [key.replace("_", " ") for key in keys], disable_numparse=True, stralign="right"))


def _grid(points: Sequence[Point], down: str, across: str, cell: str, *, unicode: bool) -> str:
    """Return a grid of cells, each with a shade for its place between the least and the largest on a log scale."""
    from tabulate import tabulate

    cells = {(point[down], point[across]): point[cell] for point in points}
    columns = sorted({point[across] for point in points})
    shade = _shader(list(cells.values())) if unicode else lambda _: ""
    rows = [
        [
            _written(down, row),
            *(f"{shade(v)} {_bare(cell, v)}" if (v := cells.get((row, column))) else "" for column in columns),
        ]
        for row in sorted({point[down] for point in points})
    ]
    head = [f"{_axis(down)} \\ {_axis(across)}", *(_written(across, column) for column in columns)]
    unit = "GB/s" if cell == "bytes_per_second" else cell
    grid = tabulate(rows, head, disable_numparse=True, stralign="right")
    return f"{unit} by {_axis(down)} (down) and {_axis(across)} (across)\n{grid}"


def _shader(values: Sequence[float]) -> Callable[[float], str]:
    from math import log

    low, high = log(min(values)), log(max(values))

    def shade(value: float) -> str:
        place = (log(value) - low) / (high - low) if high > low else 1.0
        return SHADES[round(place * (len(SHADES) - 1))]

    return shade


def _axis(key: str) -> str:
    return key.removesuffix("_bytes").replace("bytes", "footprint")


def _bare(key: str, value: float) -> str:
    return significant(value / 1e9 if key == "bytes_per_second" else value)


def _written(key: str, value: float) -> str:
    """Write a number in the unit that its name tells."""
    if key == "bytes" or key.startswith(("stride_bytes", "bytes_apart")):
        return format_bytes(value)
    if key.endswith("_per_second"):
        unit = key.removesuffix("_per_second")
        return format_rate(value, {"bytes": "B/s", "flops": "FLOP/s"}.get(unit, f"{unit}/s"))
    if key == "ns" or key.endswith("_ns"):
        return format_time(value)
    return significant(value, 4)
