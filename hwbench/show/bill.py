"""The bill of both sides beside each other: events × price = seconds, their sum, the time measured, and what is left over."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hwbench.show import grid, words
from hwbench.show.grid import RULE, Row
from hwbench.units import format_interval, format_value

if TYPE_CHECKING:
    from hwbench.records import BillLine, Explanation, Interval, Spot
    from hwbench.show.machine import Page

ITEM_LEAST: Final = 13
ITEM_WIDEST: Final = 48
READABLE: Final = 120
GRADES: Final = ("toggled", "counted", "simulated", "inferred")
LEAST_PART: Final = 0.001
ROUNDED: Final = 1e-9  # of the measured time: less is left by the rounding of floats


@dataclass(frozen=True)
class Layout:
    """What of the bill a page has room for: the intervals of A's and B's seconds, and the grades."""

    of_a: bool
    of_b: bool
    grade: bool


LAYOUTS: Final = tuple(
    Layout(of_a=of_a, of_b=of_b, grade=grade)
    for of_a, of_b, grade in (
        (True, True, True),
        (False, True, True),
        (False, True, False),
        (False, False, True),
        (False, False, False),
    )
)
HEADERS: Final = ("\nitem", "\nprice", "count\nof A", "time\nof A", "count\nof B", "time\nof B", "\ngrade")


def draw(explanation: Explanation, page: Page) -> str:
    """Return the bill; empty where nothing was billed."""
    a, b = explanation.bill.get("a", ()), explanation.bill.get("b", ())
    if not a and not b:
        return ""
    pairs, small = paired(a, b)
    parts = [page.paint("The bill: events × price = seconds", "bold"), _table(pairs, explanation, page)]
    if small:
        parts.append(f"({words.plural(small, 'smaller item')} under {words.percent(LEAST_PART)} of both left out)")
    if explanation.spots:
        parts.append(textwrap.fill(spot_line(explanation.spots), min(page.width, READABLE), subsequent_indent="  "))
    return "\n".join(parts)


def _table(pairs: Sequence[tuple[str, Pair]], explanation: Explanation, page: Page) -> str:
    """Return the table in the richest layout that leaves the items' names room."""
    room = 0
    for layout in LAYOUTS:
        rows = [_row(item, pair, layout) for item, pair in pairs] + _sums(explanation, layout)
        headers = _narrowed(HEADERS, layout)
        taken = grid.width_without(0, headers, rows)
        room = page.width - taken
        if room >= min(ITEM_LEAST, max(len(row.cells[0]) for row in rows if row.cells)):
            break
    fitted = [_named(row, min(max(room, 10), ITEM_WIDEST)) for row in rows]
    return grid.draw(headers, fitted, page, right=(1, 2, 4))


def _named(row: Row, room: int) -> Row:
    return replace(row, cells=(textwrap.fill(row.cells[0], room), *row.cells[1:])) if row.cells else row


Pair = tuple["BillLine | None", "BillLine | None"]


def paired(a: Sequence[BillLine], b: Sequence[BillLine]) -> tuple[list[tuple[str, Pair]], int]:
    """Return the items of both sides, dearest first, and how many are too small to be shown."""
    of_a, of_b = {line.item: line for line in a}, {line.item: line for line in b}
    pairs = {item: (of_a.get(item), of_b.get(item)) for item in (*of_b, *of_a)}
    sums = (sum(line.seconds for line in a), sum(line.seconds for line in b))
    shown = {item: pair for item, pair in pairs.items() if _is_worth_a_row(pair, sums)}
    ordered = sorted(shown.items(), key=lambda entry: -max(line.seconds for line in entry[1] if line is not None))
    return ordered, len(pairs) - len(shown)


def _is_worth_a_row(pair: Pair, sums: tuple[float, float]) -> bool:
    return any(line is not None and line.seconds >= LEAST_PART * whole for line, whole in zip(pair, sums, strict=True))


def _row(item: str, pair: Pair, layout: Layout) -> Row:
    a, b = pair
    grades = [line.grade for line in pair if line is not None]
    cells = (
        item,
        _price(pair),
        words.count(a.count) if a and a.count else "",
        _between(None if a is None else (a.seconds, a.low, a.high), with_interval=layout.of_a),
        words.count(b.count) if b and b.count else "",
        _between(None if b is None else (b.seconds, b.low, b.high), with_interval=layout.of_b),
        max(grades, key=GRADES.index),
    )
    return Row(_narrowed(cells, layout))


def _narrowed(cells: tuple[str, ...], layout: Layout) -> tuple[str, ...]:
    return cells if layout.grade else cells[:-1]


def _price(pair: Pair) -> str:
    """Return the price of an item, or both where the sides do not pay the same."""
    prices = sorted(line.price_ns for line in pair if line is not None and line.count)
    if not prices:
        return ""
    written = list(dict.fromkeys(format_value(price, "ns") for price in prices))
    first, last = written[0], written[-1]
    if len(written) > 1 and first.split()[-1] == last.split()[-1]:
        first = first.rpartition(" ")[0]
    return "/".join(dict.fromkeys((first, last)))


def _sums(explanation: Explanation, layout: Layout) -> list[Row]:
    """Return the closing rows: the sum of each side, the time measured, and the difference."""
    rows = [RULE, _closing("sum", [_sum(explanation.bill.get(side, ())) for side in "ab"], layout)]
    measured = [explanation.a.seconds, explanation.b.seconds]
    rows.append(_closing("measured", [_measured(interval) for interval in measured], layout))
    left = [left_over(explanation, side) for side in "ab"]
    if any(value is not None for value in left):
        rows.append(_closing("left over", [None if value is None else (value, None, None) for value in left], layout))
    return rows


Bounds = tuple[float, "float | None", "float | None"]


def _sum(lines: Sequence[BillLine]) -> Bounds | None:
    if not lines:
        return None
    return sum(line.seconds for line in lines), sum(line.low for line in lines), sum(line.high for line in lines)


def _measured(interval: Interval | None) -> Bounds | None:
    return None if interval is None else (interval.value, interval.low, interval.high)


def left_over(explanation: Explanation, side: str) -> float | None:
    """Return the seconds of a side that its bill does not cover (negative: it says too much); None where either is unknown.

    Of a bill that was fitted to the clock nothing is left but what floats round off, and that is nothing.
    """
    billed = _sum(explanation.bill.get(side, ()))
    measured = (explanation.a if side == "a" else explanation.b).seconds
    if billed is None or measured is None:
        return None
    left = measured.value - billed[0]
    return left if abs(left) > ROUNDED * measured.value else 0.0


def _closing(title: str, sides: list[Bounds | None], layout: Layout) -> Row:
    a, b = (_between(side, with_interval=wide) for side, wide in zip(sides, (layout.of_a, layout.of_b), strict=True))
    return Row(_narrowed((title, "", "", a, "", b, ""), layout), colour="bold")


def _between(bounds: Bounds | None, *, with_interval: bool) -> str:
    if bounds is None:
        return "–"
    return words.seconds_between(*bounds) if with_interval else words.seconds(bounds[0])


def spot_line(spots: Sequence[Spot]) -> str:
    """Say which prices were taken again during this very run, and between which bounds they moved."""
    seen = [f"{spot.name} {format_interval(spot.value, spot.low, spot.high, spot.unit)}" for spot in spots]
    return f"Prices taken during this very run: {'; '.join(seen)}."
