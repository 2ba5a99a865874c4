"""The two bills side by side: what each item costs A and B in seconds, what was measured, and what is left over.

A line of a bill is a count of events times a price each. Items differ by decades, and so may the sides, so the axis is
logarithmic and an item is a row with two marks: where they stand apart, the sides pay differently, and how far apart is the
factor. Bars would need a zero, which a logarithmic axis has not.
Source of the form: Cleveland and McGill, "Graphical perception", JASA 79 (1984): positions on a common scale are read best.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import altair as alt

from hwbench.records import BillLine, Explanation, Interval
from hwbench.show import words
from hwbench.show.bill import LEAST_PART, left_over, paired
from hwbench.show.report import looks
from hwbench.show.report.believable import believable
from hwbench.show.report.looks import GRID, INK, MUTED, SURFACE
from hwbench.show.report.picture import Drawn, Missing, Picture, Table
from hwbench.units import format_value

TITLE: Final = "The two bills side by side"
ROW: Final = 42  # pixels
MOST_ROWS: Final = 40
LONGEST: Final = 60  # signs of an item's name
MARK, TEXT = 0.68, 0.28  # where in a row the marks stand, and its text
BESIDE: Final = 4  # pixels: A's interval above the marks, B's below
DEEPEST: Final = 0.1  # of the least cost that has a row: what is less stands at the edge
MODELLED: Final = ("simulated", "inferred")
SHAPES: Final = {"A": "circle", "B": "square"}
MEASURED, LEFT_OVER, TOO_MUCH = "measured", "left over", "billed too much"
CAPTION: Final = (
    "A row an item, dearest first, with a mark for each side and the interval as a band behind it; the axis is logarithmic, so that"
    " equal distances are equal factors. Filled: counted on the machine, or seen when the cause was switched off; hollow: simulated"
    " or inferred. An arrowhead at the left edge: that or less. Hatched: the seconds of the measured time that no item covers"
)
HEADERS: Final = ("item", "price", "count of A", "time of A", "count of B", "time of B", "grade")
Pair = tuple[BillLine | None, BillLine | None]


def bills(explanation: Explanation) -> Drawn:
    """Draw the items of both bills that are worth a row, the measured times, and what is left over."""
    explanation = believable(explanation)
    if explanation.verdict == "void":
        return Missing(TITLE, f"the comparison is void: {explanation.reason or 'see the checks'}")
    pairs, small = _pairs(explanation)
    pairs, more = pairs[:MOST_ROWS], len(pairs[MOST_ROWS:])
    if not pairs:
        return Missing(TITLE, "nothing was billed: no source counted events that have a price")
    marks = list(_marks(explanation, pairs))
    axis = _axis(marks, explanation)
    if axis is None:
        return Missing(TITLE, "no item costs a time that can be drawn")
    caption = CAPTION + _too_much(marks) + "."
    if small or more:
        caption += f" Left out: {_left_out(small, more)}."
    return Picture(
        name="bills",
        title=TITLE,
        spec=_spec(marks, axis),
        alternative=_alternative(explanation, pairs),
        caption=caption,
        table=_seen(marks),
    )


def _left_out(small: int, more: int) -> str:
    told = [f"{words.plural(small, 'item')} under {words.percent(LEAST_PART)} of both bills"] if small else []
    told += [f"{words.plural(more, 'further item')}, in the table"] if more else []
    return words.listed(told)


def _pairs(explanation: Explanation) -> tuple[list[tuple[str, Pair]], int]:
    """Return the items with the lines of A and of B, dearest first, and how many are too small for a row."""
    return paired(explanation.bill.get("a", ()), explanation.bill.get("b", ()))


def _too_much(marks: Sequence[dict[str, Any]]) -> str:
    sides = [mark["side"] for mark in marks if mark.get("over") == TOO_MUCH]
    return f" (of {words.listed(sides)}: that its bill says too much)" if sides else ""


# ── marks ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _marks(explanation: Explanation, pairs: Sequence[tuple[str, Pair]]) -> Iterator[dict[str, Any]]:
    """Return a mark a row and side: measured first, then the items, then what is left over."""
    sides = {"A": explanation.a.seconds, "B": explanation.b.seconds}
    for side, seconds in sides.items():
        if seconds is not None:
            yield _mark(0, MEASURED, side, seconds.value, (seconds.low, seconds.high))
    for row, (item, pair) in enumerate(pairs, 1):
        for side, line in zip(SHAPES, pair, strict=True):
            if line is not None:
                yield _mark(row, _short(item), side, line.seconds, (line.low, line.high)) | _told(line)
    for side in "AB":
        left, seconds = left_over(explanation, side.lower()), sides[side]
        if left is not None and seconds is not None and abs(left) >= LEAST_PART * seconds.value:
            over = LEFT_OVER if left >= 0 else TOO_MUCH
            yield _mark(len(pairs) + 1, LEFT_OVER, side, abs(left), None) | {"is_left": True, "over": over}


def _mark(row: int, item: str, side: str, seconds: float, bounds: tuple[float, float] | None) -> dict[str, Any]:
    low, high = bounds or (seconds, seconds)
    return {
        "row": row,
        "item": item,
        "side": side,
        "seconds": seconds,
        "low": min(low, seconds),
        "high": max(high, seconds),
        "time": words.seconds_between(seconds, low, high),
        "short": words.shortened(words.seconds(seconds), 16) if seconds else "0",
    }


def _told(line: BillLine) -> dict[str, Any]:
    counted = f"{words.count(line.count)} × {format_value(line.price_ns, 'ns')}" if line.count else ""
    return {"grade": line.grade, "is_modelled": line.grade in MODELLED, "counted": counted}


def _axis(marks: Sequence[dict[str, Any]], explanation: Explanation) -> tuple[float, float] | None:
    """Return the bounds of the axis: from a part of the least that has a row by its own right to the greatest."""
    seconds = [mark["seconds"] for mark in marks if looks.is_drawable(mark["seconds"])]
    if not seconds:
        return None
    sums = [sum(line.seconds for line in explanation.bill.get(side, ())) for side in "ab"]
    floor = DEEPEST * LEAST_PART * min((one for one in sums if looks.is_drawable(one)), default=min(seconds))
    high = max(mark["high"] for mark in marks if looks.is_drawable(mark["high"]))
    return max(min(seconds), floor) / 1.6, max(high, *seconds) * 1.3


# ── the drawing ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _spec(marks: Sequence[dict[str, Any]], axis: tuple[float, float]) -> dict[str, Any]:
    last = max(mark["row"] for mark in marks) + 1
    drawn = [_drawn(mark, axis) for mark in marks if math.isfinite(mark["seconds"])]
    return looks.finished(alt.layer(*_rows(drawn, last), *_between(drawn, axis, last), *_points(drawn)), last * ROW)


def _drawn(mark: dict[str, Any], axis: tuple[float, float]) -> dict[str, Any]:
    """Return a mark as it is drawn: what lies left of the axis stands at its edge, as an arrowhead."""
    x = min(max(mark["seconds"], axis[0]), axis[1])
    is_edge = mark["seconds"] <= axis[0]
    bounds = [min(max(mark[bound], axis[0]), axis[1]) for bound in ("low", "high")]
    return mark | {"x": x, "x_low": bounds[0], "x_high": bounds[1], "y": mark["row"] + MARK, "is_edge": is_edge}


def _x(axis: tuple[float, float]) -> alt.X:
    ticks = [tick for tick in looks.decades(axis) if axis[0] <= tick <= axis[1]]
    return alt.X(
        "x:Q",
        title="time",
        scale=alt.Scale(type="log", domain=axis, nice=False, clamp=True),
        axis=alt.Axis(values=ticks, labelExpr=looks.SECOND_LABELS, orient="top"),
    )


def _y(field: str, last: int) -> alt.Y:
    return alt.Y(f"{field}:Q", axis=None, scale=alt.Scale(domain=[last, 0], nice=False, zero=False))


def _rows(drawn: Sequence[dict[str, Any]], last: int) -> list[Any]:
    """Return the layers of the rows: a line above each, its name, and, where there is room, its times."""
    rows = []
    for row in sorted({mark["row"] for mark in drawn}):
        mine = [mark for mark in drawn if mark["row"] == row]
        grades = dict.fromkeys(mark["grade"] for mark in mine if "grade" in mark)
        told = ", ".join(grades) if len(grades) < 2 else ", ".join(f"{mark['side']} {mark['grade']}" for mark in mine)
        over = {mark["over"] for mark in mine if "over" in mark}
        name = mine[0]["item"] if len(over) < 1 else " / ".join(sorted(over))
        rows.append(
            {
                "y": row + TEXT,
                "top": row,
                "name": f"{name} · {told}" if told else name,
                "times": " · ".join(f"{mark['side']} {mark['short']}" for mark in mine),
            }
        )
    base = alt.Chart(looks.data(rows)).encode(y=_y("y", last))
    return [
        base.mark_rule(color=GRID).encode(y=_y("top", last)),
        base.mark_text(
            align="left",
            fontSize=alt.ExprRef("width < 420 ? 11 : 12"),
            color=INK,
            limit=alt.ExprRef("width < 620 ? width : width - 170"),
        ).encode(x=alt.value(0), text="name:N"),
        base.mark_text(align="right", color=MUTED, text=alt.ExprRef("width < 620 ? '' : datum.times")).encode(
            x=alt.value("width")
        ),
    ]


def _between(drawn: Sequence[dict[str, Any]], axis: tuple[float, float], last: int) -> list[Any]:
    """Return the layers behind the marks: what joins the two of a row, and the intervals."""
    joined = (
        alt.Chart(looks.data(mark for mark in drawn if not mark["is_edge"]))
        .mark_line(color=MUTED, strokeWidth=1)
        .encode(x=_x(axis), y=_y("y", last), detail="row:N")
    )
    bands = [
        alt.Chart(looks.data(mark for mark in drawn if mark["side"] == side and mark["x_low"] < mark["x_high"]))
        .mark_rule(strokeWidth=4, opacity=0.45, strokeCap="butt", yOffset=offset)
        .encode(x="x_low:Q", x2="x_high:Q", y=_y("y", last), color=_colour())
        for side, offset in (("A", -BESIDE), ("B", BESIDE))
    ]
    return [joined, *bands]


def _colour() -> alt.Color:
    return alt.Color("side:N", scale=looks.series(tuple(SHAPES)), legend=looks.legend(symbolFillColor=SURFACE))


def _points(drawn: Sequence[dict[str, Any]]) -> list[Any]:
    """Return the layers of the marks, B's beneath A's, so that both are seen where they coincide."""
    last = max(mark["row"] for mark in drawn) + 1
    told = looks.tips(
        item="item", side="side", time="time", counted="count × price", grade="grade", over="of the measured"
    )
    colours = dict(zip(SHAPES, looks.SERIES, strict=False))
    layers = []
    for side, size in (("B", 130), ("A", 70)):
        inside = [
            mark | {"fill": _fill(mark, colours[side])}
            for mark in drawn
            if mark["side"] == side and not mark["is_edge"]
        ]
        edge = [mark for mark in drawn if mark["side"] == side and mark["is_edge"]]
        point = alt.Chart(looks.data(inside)).mark_point(
            size=alt.ExprRef(f"datum.is_left ? 200 : {size}"), opacity=1, strokeWidth=2, filled=False
        )
        layers.append(
            point.encode(
                x="x:Q",
                y=_y("y", last),
                color=_colour(),
                shape=_shape(),
                fill=alt.Fill("fill:N", scale=None, legend=None),
                tooltip=told,
            )
        )
        arrow = alt.Chart(looks.data(edge)).mark_text(text=f"◂ {side}", align="left", color=colours[side])
        layers.append(arrow.encode(x="x:Q", y=_y("y", last), tooltip=told))
    return layers


def _fill(mark: dict[str, Any], colour: str) -> str:
    if mark.get("is_left"):
        return looks.HATCH
    return SURFACE if mark.get("is_modelled") else colour


def _shape() -> alt.Shape:
    scale = alt.Scale(domain=list(SHAPES), range=list(SHAPES.values()))
    return alt.Shape("side:N", scale=scale, legend=looks.legend(symbolFillColor=SURFACE))


# ── in words ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _alternative(explanation: Explanation, pairs: Sequence[tuple[str, Pair]]) -> str:
    """Say what each side was measured to take, its dearest items, and what its bill leaves over."""
    told = []
    for place, (side, seconds) in enumerate((("a", explanation.a.seconds), ("b", explanation.b.seconds))):
        lines = [line for _, pair in pairs if (line := pair[place]) is not None and line.seconds > 0]
        dearest = sorted(lines, key=lambda line: -line.seconds)[:3]
        items = "; ".join(f"{_short(line.item)}, {words.seconds(line.seconds)}" for line in dearest)
        measured = "unknown" if seconds is None else words.seconds(seconds.value)
        rest = _rest(left_over(explanation, side), 0.0 if seconds is None else seconds.value)
        told.append(
            f"{side.upper()}: {measured} measured"
            + (f"; dearest {items}" if items else "; nothing billed")
            + f"{rest}."
        )
    return " ".join(told)


def _rest(left: float | None, measured: float) -> str:
    """Say what a bill leaves over, if anything that matters."""
    if left is None or not math.isfinite(left) or abs(left) < LEAST_PART * measured:
        return ""
    return f"; {words.seconds(abs(left))} {LEFT_OVER if left >= 0 else TOO_MUCH}"


def _short(item: str) -> str:
    return words.shortened(words.one_line(item), LONGEST)


def _seen(marks: Sequence[dict[str, Any]]) -> Table:
    """Return a row for each row of the picture."""
    rows: dict[int, dict[str, dict[str, Any]]] = {}
    for mark in marks:
        rows.setdefault(mark["row"], {})[mark["side"]] = mark
    body = []
    for sides in rows.values():
        item = next(iter(sides.values()))["item"]
        times = [_cell(sides.get(side)) for side in SHAPES]
        grades = dict.fromkeys(mark["grade"] for mark in sides.values() if "grade" in mark)
        body.append((item, *times, ", ".join(grades)))
    return Table(headers=("item", "A", "B", "grade"), rows=body, right=frozenset({1, 2}))


def _cell(mark: dict[str, Any] | None) -> str:
    if mark is None:
        return "–"
    return f"{mark['time']} too much" if mark.get("over") == TOO_MUCH else str(mark["time"])


def table(explanation: Explanation) -> Table:
    """Return both bills as a table: price, counts and seconds of each item, their sums, the measured times, what is left over."""
    pairs, _ = _pairs(explanation)
    rows = [
        (
            _short(item),
            _prices(pair),
            _count(pair[0]),
            _seconds(pair[0]),
            _count(pair[1]),
            _seconds(pair[1]),
            _grades(pair),
        )
        for item, pair in pairs
    ]
    if rows:
        sums = [words.seconds(sum(line.seconds for line in explanation.bill.get(side, ()))) for side in "ab"]
        measured = [_measured(side.seconds) for side in (explanation.a, explanation.b)]
        left = [left_over(explanation, side) for side in "ab"]
        rest = ["–" if one is None else words.seconds(one) for one in left]
        for title, (a, b) in (("sum of all items", sums), (MEASURED, measured), (LEFT_OVER, rest)):
            rows.append((title, "", "", a, "", b, ""))
    return Table(
        title="The bill: events × price = seconds",
        headers=HEADERS,
        rows=rows,
        right=frozenset(range(1, 6)),
        folded=True,
    )


def _prices(pair: Pair) -> str:
    prices = [line.price_ns for line in pair if line is not None and line.count]
    return " / ".join(dict.fromkeys(format_value(price, "ns") for price in prices))


def _count(line: BillLine | None) -> str:
    return words.count(line.count) if line is not None and line.count else ""


def _seconds(line: BillLine | None) -> str:
    return "–" if line is None else words.seconds_between(line.seconds, line.low, line.high)


def _grades(pair: Pair) -> str:
    return ", ".join(dict.fromkeys(line.grade for line in pair if line is not None))


def _measured(interval: Interval | None) -> str:
    return "–" if interval is None else words.seconds_between(interval.value, interval.low, interval.high)
