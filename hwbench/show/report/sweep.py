"""A lesson's sweep: the time of each case along what was changed, on axes in its units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import altair as alt

from hwbench.records import Curve, LessonRun
from hwbench.show import words
from hwbench.show.lesson import written
from hwbench.show.report import looks
from hwbench.show.report.picture import Drawn, Missing, Picture, Table
from hwbench.show.report.rows import legend, ticks
from hwbench.units import format_time

TITLE: Final = "The curve that shows it"
LONGEST: Final = 40
CAPTION: Final = (
    "A point is the median time of a unit of work. Where the lines part, and how far, is what the lesson is about; equal distances"
    " upwards are equal factors."
)


def sweep(run: LessonRun) -> Drawn:
    """Draw the curve of a lesson that was run with --sweep."""
    if run.sweep is None:
        return Missing(TITLE, "the lesson was run without its curve: hwbench learn NAME --sweep")
    return curve(run.sweep)


def curve(swept: Curve) -> Drawn:
    """Draw a curve: a line a case; points that cannot stand on its axes are left out."""
    rows = _rows(swept)
    if not rows:
        return Missing(TITLE, "the curve has no point that can be drawn")
    names = list(dict.fromkeys(row["case"] for row in rows))
    return Picture(
        name="sweep",
        title=f"Time of {words.one_line(swept.title)}" if swept.title else TITLE,
        spec=looks.finished(alt.layer(*_layers(swept, rows, names)), 320),
        alternative=_alternative(swept, rows, names),
        caption=CAPTION,
        table=_table(swept, rows, names),
    )


def _rows(swept: Curve) -> list[dict[str, Any]]:
    """Return the points that can be drawn, in order along the axis."""
    found = [
        (point[swept.axis], name, point[name])
        for point in swept.points
        if swept.axis in point and _stands(point[swept.axis], swept)
        for name in point
        if name != swept.axis and looks.is_drawable(point[name])
    ]
    return [
        {
            "case": words.shortened(words.one_line(name), LONGEST),
            "x": x,
            "ns": ns,
            "at": written(x, swept.unit),
            "time": format_time(ns),
        }
        for x, name, ns in sorted(found, key=lambda one: one[0])
    ]


def _stands(value: float, swept: Curve) -> bool:
    return looks.is_drawable(value) if swept.logarithmic else abs(value) < 1e30


def _layers(swept: Curve, rows: list[dict[str, Any]], names: Sequence[str]) -> list[Any]:
    times = [row["ns"] for row in rows]
    y = alt.Y(
        "ns:Q",
        title="time of a unit of work",
        scale=looks.log_scale(times, room=1.15),
        axis=alt.Axis(values=ticks(times), labelExpr=looks.TIME_LABELS),
    )
    base = alt.Chart(looks.data(rows)).encode(
        x=_along(swept, [row["x"] for row in rows]),
        y=y,
        color=alt.Color("case:N", scale=looks.series(names), legend=legend()),
    )
    shape = alt.Shape("case:N", scale=looks.series(names, "shape"), legend=legend())
    told = looks.tips(case="case", at=swept.axis, time="time of a unit of work")
    return [
        base.mark_line().encode(strokeDash=looks.dash("case", names)),
        base.mark_point(opacity=1, size=45).encode(shape=shape, tooltip=told),
    ]


def _along(swept: Curve, values: Sequence[float]) -> alt.X:
    """Return the axis of what was changed, in its unit."""
    title = words.shortened(words.one_line(swept.axis), LONGEST)
    if not swept.logarithmic:
        scale = alt.Scale(domain=[min(values), max(values)], nice=False) if min(values) < max(values) else alt.Scale()
        axis = alt.Axis(labelExpr=labels(swept.unit), grid=False, tickCount=alt.ExprRef("width < 420 ? 4 : 8"))
        return alt.X("x:Q", title=title, scale=scale, axis=axis)
    is_binary = swept.unit == "B" or max(values) < 64 * min(values)
    marks = looks.octaves(values) if is_binary else looks.decades(values)
    axis = alt.Axis(values=marks or list(values)[:1], labelExpr=labels(swept.unit), grid=False)
    return alt.X("x:Q", title=title, scale=looks.log_scale(values, base=2, room=1.05), axis=axis)


def labels(unit: str) -> str:
    """Return the expression that writes a value of a sweep's axis in its unit, as `show.lesson.written` does."""
    known = {
        "B": looks.BYTE_LABELS,
        "ns": looks.TIME_LABELS,
        "%": "format(datum.value*100,'.3~r')+'%'",
        "": looks.COUNT_LABELS,
    }
    name = words.shortened(words.one_line(unit).replace("\\", "").replace("'", ""), LONGEST)
    return known.get(unit, f"({looks.COUNT_LABELS})+' {name}'")


def _alternative(swept: Curve, rows: list[dict[str, Any]], names: Sequence[str]) -> str:
    """Say from where to where each case goes, and where two of them are furthest apart."""
    told = []
    for name in names:
        mine = [row for row in rows if row["case"] == name]
        told.append(f"{name}: {mine[0]['time']} at {mine[0]['at']}, {mine[-1]['time']} at {mine[-1]['at']}.")
    return " ".join([*told, _widest(rows)]).strip()


def _widest(rows: list[dict[str, Any]]) -> str:
    """Say where along the axis the cases differ most."""
    found = (1.0, "", "", "")
    for x in dict.fromkeys(row["x"] for row in rows):
        here = sorted((row for row in rows if row["x"] == x), key=lambda row: row["ns"])
        factor = here[-1]["ns"] / here[0]["ns"]
        if factor > found[0]:
            found = (factor, here[0]["at"], here[-1]["case"], here[0]["case"])
    factor, at, slow, fast = found
    return f"They are furthest apart at {at}: {slow} takes {words.factor(factor)} as long as {fast}." if at else ""


def _table(swept: Curve, rows: list[dict[str, Any]], names: Sequence[str]) -> Table:
    cells = {(row["case"], row["x"]): row["time"] for row in rows}
    at = {row["x"]: row["at"] for row in rows}
    body = [(at[x], *(cells.get((name, x), "") for name in names)) for x in sorted(at)]
    return Table(headers=(swept.axis, *names), rows=body, right=frozenset(range(1, len(names) + 1)))
