"""The claims of the article that this project began with, checked by arithmetic against what this machine did: pure.

The article compares a rewrite of SQLite with the original: 100 look-ups by primary key 20,171 times slower, said to be for full scans
of a table of 100 rows; and a simple SELECT over a million rows in 0.8 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from hwbench.records.study import REFERENCE, Cell, Claim
from hwbench.units import format_time, significant

LOOKUP_SECONDS: Final = 18e-3  # of one look-up, by the article's own figures
LOOKUP_ROWS: Final = 100  # of the table that it is said to scan
SELECT_SECONDS: Final = 0.8e-3
SELECT_ROWS: Final = 1_000_000
SLOWEST: Final = "plausible"
HOLDS: Final = 0.5  # a cause that explains less than so much of a time does not explain it
NANO: Final = 1e9


def claims(cells: Sequence[Cell]) -> tuple[Claim, ...]:
    """Return the article's claims with what the arithmetic says of them; none where what they need was not measured."""
    made = [_scans(cells), _select(cells)]
    return tuple(claim for claim in made if claim is not None)


def row_seconds(cells: Sequence[Cell], engine: str) -> float | None:
    """Return what an engine takes to look at a row, by its count over the most rows."""
    timed = [cell for cell in cells if cell.engine == engine and cell.operation == "count" and cell.seconds is not None]
    if not timed:
        return None
    largest = max(timed, key=lambda cell: cell.n)
    return largest.seconds.value / largest.n if largest.seconds else None


def _scans(cells: Sequence[Cell]) -> Claim | None:
    row = row_seconds(cells, SLOWEST)
    if row is None:
        return None
    told = LOOKUP_SECONDS / LOOKUP_ROWS
    share = row / told
    arithmetic = (
        f"18 ms a look-up over {LOOKUP_ROWS} rows is {_time(told)} a row. Here the engine that makes all four mistakes takes"
        f" {_time(row)} a row, so that scanning {LOOKUP_ROWS} rows costs {_time(row * LOOKUP_ROWS)}:"
        f" {_percent(share)} of the 18 ms"
    )
    verdict: Literal["may hold", "does not hold"] = "does not hold" if share < HOLDS else "may hold"
    return Claim(
        claim="100 look-ups by primary key are 20,171 times slower because each scans the table (of 100 rows)",
        arithmetic=arithmetic,
        verdict=verdict,
        conclusion=f"the scans explain {_percent(share)} of it; the rest is not explained by anything that the article counts",
    )


def _select(cells: Sequence[Cell]) -> Claim | None:
    row = row_seconds(cells, REFERENCE)
    if row is None:
        return None
    told = SELECT_SECONDS / SELECT_ROWS
    looked = [
        cell for cell in cells if cell.engine == REFERENCE and cell.operation == "lookup" and cell.seconds is not None
    ]
    largest = max(looked, key=lambda cell: cell.n, default=None)
    arithmetic = f"0.8 ms over a million rows is {_time(told)} a row; sqlite takes {_time(row)} a row here, {row / told:.0f} times as long"
    conclusion = "no scan of a million rows by sqlite"
    if largest is not None and largest.seconds is not None:
        conclusion += f"; 0.8 ms is what {SELECT_SECONDS / largest.seconds.value:.0f} look-ups by key take here"
    holds = told / row > HOLDS
    return Claim(
        claim="a simple SELECT over 1,000,000 rows takes sqlite 0.8 ms",
        arithmetic=arithmetic,
        verdict="may hold" if holds else "does not hold",
        conclusion="" if holds else conclusion,
    )


def _time(seconds: float) -> str:
    return format_time(seconds * NANO)


def _percent(share: float) -> str:
    return f"{significant(100 * share, 2)}%"
