"""The bill that foretold a lesson: what a unit of work pays for in the slow twin and in the fast one, item after item."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import altair as alt

from hwbench.records import BillLine, Interval, LessonRun
from hwbench.show import words
from hwbench.show.report import looks
from hwbench.show.report.looks import INK
from hwbench.show.report.picture import Drawn, Missing, Picture, Table
from hwbench.show.words import NANO
from hwbench.units import format_interval, format_time

TITLE: Final = "The bill that foretold it"
SIDES: Final = {"b": "slow", "a": "fast"}
QUANTITY: Final = re.compile(r"\s*\[[^\[\]]*\]$")  # the price's name, after what it is paid for
MOST: Final = 12  # items of a side; further ones stand together
LEAST: Final = 1e-24  # seconds: less is no time
LARGEST: Final = 1e15
LONGEST: Final = 100
COLOURS: Final = {"slow": "worse", "fast": "better", "together": "total", "measured": "surface"}
STEP: Final = 38  # pixels of an item: a line of text, and the bar beneath
CAPTION: Final = (
    "How many events a unit of work causes, times what one costs on this machine. Each item begins where the one before it ends, so"
    " that the last ends at the sum. Thin lines are intervals; the empty bar is what was measured."
)


def bill(run: LessonRun) -> Drawn:
    """Draw the prediction's bill of the slow twin and of the fast one."""
    found = [row for side in SIDES for row in _side(run, side)]
    if not any(row["kind"] in SIDES.values() for row in found):
        return Missing(TITLE, "the record has no bill: nothing was foretold for this machine")
    unit = words.shortened(words.one_line(run.unit), 40)
    data = [row | {"row": f"{number:04d}"} for number, row in enumerate(found)]
    return Picture(
        name="bill",
        title=TITLE,
        spec=looks.finished(alt.layer(*_layers(unit, data)), max(len(data) * STEP, 120)),
        alternative=_alternative(data, unit),
        caption=" ".join(part for part in (_sentence(run.how), CAPTION) if part),
        table=_table(run),
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}." if text else ""


def _side(run: LessonRun, side: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a side: its heading, its items one after another, their sum, what was measured."""
    lines = [line for line in run.bill.get(side, ()) if line.seconds == 0 or LEAST < line.seconds < LARGEST]
    title, end = SIDES[side], 0.0
    measured = _measured(run, title)
    if lines or measured is not None:
        yield _bar(title, "heading", "", (0.0, 0.0, 0.0, 0.0)) | {"label": f"the {title} twin"}
    for line in lines[:MOST]:
        yield _item(title, line, end)
        end += line.seconds * NANO
    rest = sum(line.seconds for line in lines[MOST:]) * NANO
    if rest:
        yield _bar(title, title, words.plural(len(lines) - MOST, "further item"), (end, rest, end + rest, end + rest))
        end += rest
    if lines:
        low, high = (sum(getattr(line, key) for line in lines) * NANO for key in ("low", "high"))
        yield _bar(title, "together", "together", (0.0, end, *_within(end, low, high)))
    if measured is not None and looks.is_drawable(measured.value):
        ends = _within(measured.value, measured.low, measured.high)
        yield _bar(title, "measured", "measured", (0.0, measured.value, *ends))


def _item(title: str, line: BillLine, start: float) -> dict[str, Any]:
    """Return an item as a bar that begins where the one before it ends."""
    ns = line.seconds * NANO
    low, high = _within(ns, line.low * NANO, line.high * NANO)
    name = words.shortened(words.one_line(QUANTITY.sub("", line.item)), LONGEST)
    told = {"whole": words.shortened(words.one_line(line.item), 2 * LONGEST), "cause": line.cause}
    paid = words.shortened(f"{words.count(line.count)} × {format_time(line.price_ns)}", LONGEST)
    return _bar(title, title, name, (start, ns, start + low, start + high)) | told | {"paid": paid}


def _bar(title: str, kind: str, name: str, extent: tuple[float, float, float, float]) -> dict[str, Any]:
    """Return a row: its twin, its kind, what it is called, and its bar from a start, so long, its end between two bounds."""
    start, length, low, high = extent
    told = {"label": f"{format_time(length)}  {name}", "time": format_interval(length, low - start, high - start, "ns")}
    ends = {"from": start, "to": start + length, "low": low, "high": high}
    return {"twin": title, "kind": kind, "item": name, "whole": name, **told, **ends}


def _within(value: float, low: float, high: float) -> tuple[float, float]:
    """Return bounds that can be drawn: the value itself where one cannot."""
    return (low if 0 <= low <= value else value, high if value <= high < LARGEST * NANO else value)


def _measured(run: LessonRun, case: str) -> Interval | None:
    twin = next((twin for twin in run.twins if twin.language == run.language), None)
    return None if twin is None or case not in twin.cases else twin.cases[case].ns


def _layers(unit: str, data: list[dict[str, Any]]) -> list[Any]:
    """Return bars, intervals and, above each bar, its time and its name, which are cut where the picture is narrow."""
    most = max(max(row["to"], row["high"]) for row in data)
    x = alt.X(
        "from:Q",
        title=f"time for each {unit}",
        scale=alt.Scale(domain=[0, most * 1.02 or 1.0], nice=False),
        axis=alt.Axis(labelExpr=looks.TIME_LABELS, tickCount=alt.ExprRef("width < 420 ? 4 : 8")),
    )
    y = alt.Y("row:N", axis=None, scale=alt.Scale(type="band", paddingInner=0, domain=[row["row"] for row in data]))
    colours = alt.Scale(domain=list(COLOURS), range=[looks.colour(name) for name in COLOURS.values()])
    base = alt.Chart(looks.data(data)).encode(y=y, color=alt.Color("kind:N", scale=colours, legend=None))
    told = looks.tips(twin="twin", whole="item", cause="cause", paid="count × price", time=f"time for each {unit}")
    is_heading, is_measured = "datum.kind == 'heading'", "datum.kind == 'measured'"
    items = base.transform_filter(f"!({is_heading})")
    bars = items.transform_filter(f"!({is_measured})").mark_bar(height=13, yOffset=8)
    measured = items.transform_filter(is_measured).mark_bar(height=12, yOffset=8, stroke=INK, strokeWidth=1.5)
    label: dict[str, Any] = {"align": "left", "baseline": "bottom", "limit": alt.ExprRef("width - 24")}
    place: dict[str, Any] = {"x": alt.value(0), "text": "label:N", "color": alt.value(INK)}
    return [
        bars.encode(x=x, x2="to:Q", tooltip=told),
        measured.encode(x=x, x2="to:Q", tooltip=told),
        items.mark_rule(strokeWidth=1.5, yOffset=8).encode(x="low:Q", x2="high:Q", color=alt.value(INK)),
        items.mark_text(**label).encode(**place),
        base.transform_filter(is_heading).mark_text(**label, dy=16, fontWeight=600, fontSize=12).encode(**place),
    ]


def _alternative(data: Sequence[dict[str, Any]], unit: str) -> str:
    told = []
    for title in SIDES.values():
        items = [f"{row['item']} {row['time']}" for row in data if row["twin"] == title and row["kind"] != "heading"]
        told.append(f"The {title} twin, for each {unit}: {', '.join(items)}." if items else "")
    return " ".join(part for part in told if part)


def _table(run: LessonRun) -> Table:
    rows: list[tuple[str, ...]] = [
        (
            SIDES[side],
            line.item,
            line.cause,
            words.count(line.count),
            format_time(line.price_ns),
            format_interval(line.seconds * NANO, line.low * NANO, line.high * NANO, "ns"),
        )
        for side in SIDES
        for line in run.bill.get(side, ())
    ]
    for case in SIDES.values():
        measured = _measured(run, case)
        if measured is not None:
            text = format_interval(measured.value, measured.low, measured.high, "ns")
            rows.append((case, "measured", "", "", "", text))
    headers = ("twin", "what", "cause", "count", "price of one", f"time for each {run.unit}")
    return Table(headers=headers, rows=rows, right=frozenset((3, 4, 5)))
