"""Latency under load: what a dependent load from memory costs while other cores take bandwidth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import altair as alt

from hwbench.records import Point
from hwbench.show.report import looks
from hwbench.show.report.machines import Machine, only, told, value
from hwbench.show.report.picture import Drawn, Missing, Picture, Table
from hwbench.units import format_interval, format_rate, significant

TITLE: Final = "Latency under load"
GIGA: Final = 1e9
CAPTION: Final = (
    "One core chases through memory, each load waiting for the one before, while the other cores read memory of their own at a"
    " set pace: the first point is without load, and the line goes on as the pace is raised, which need not take more bandwidth"
    " once memory has no more. Upright strokes through the points: their intervals."
)
MARK_CAPTION: Final = " The dashed line stands at what all cores together read at most."


def loaded(machines: Sequence[Machine]) -> Drawn:
    """Draw memory latency (ns) against the bandwidth (GB/s) that other cores take, a line a machine.

    Source: Intel Memory Latency Checker's loaded latencies.
    """
    rows = [row for machine in machines for row in _rows(machine)]
    if not rows:
        return Missing(
            TITLE,
            "the record has no loaded latencies: they take a second CPU, and `hwbench characterize` without --quick",
        )
    marks = [
        mark for machine in machines for mark in _mark(machine) if mark["machine"] in {row["machine"] for row in rows}
    ]
    return Picture(
        name="loaded-latency",
        title=TITLE,
        spec=looks.finished(alt.layer(*_curve(rows, marks), *_marked(marks, rows)), 300),
        alternative=_alternative(rows, marks, is_alone=only(machines) is not None),
        caption=CAPTION + (MARK_CAPTION if marks else ""),
        table=_table(rows),
    )


def _rows(machine: Machine) -> Iterator[dict[str, Any]]:
    """Return the points that can be drawn, in the order of growing load."""
    for order, point in enumerate(machine.profile.curves.get("loaded_latency", ())):
        rate = point.get("bytes_per_second")
        if looks.is_drawable(point.get("ns")) and rate is not None and (rate == 0 or looks.is_drawable(rate)):
            yield {"machine": machine.name, "order": order, **_values(rate, point)}


def _values(rate: float, point: Point) -> dict[str, Any]:
    low, high = point.get("low"), point.get("high")
    bounds = (low, high) if looks.is_drawable(low, high) else (point["ns"], point["ns"])
    return {
        "rate": rate / GIGA,
        "ns": point["ns"],
        "low": bounds[0],
        "high": bounds[1],
        "load": format_rate(rate) if rate else "none",
        "time": format_interval(point["ns"], *bounds, "ns"),
    }


def _mark(machine: Machine) -> Iterator[dict[str, Any]]:
    """Return what all cores together read from memory at most, if that is known."""
    rate = value(machine.profile, "dram.read_bandwidth_all")
    if rate is not None and looks.is_drawable(rate):
        text = f"all cores read {format_rate(rate)}"
        yield {
            "machine": machine.name,
            "rate": rate / GIGA,
            "text": text,
            "short": format_rate(rate),
        }


def _curve(rows: list[dict[str, Any]], marks: list[dict[str, Any]]) -> list[Any]:
    """Return the layers of intervals, lines and points."""
    names = list(dict.fromkeys(row["machine"] for row in rows))
    legend = looks.legend() if len(names) > 1 else None
    most = max([row["rate"] for row in rows] + [mark["rate"] for mark in marks]) or 1.0
    base = alt.Chart(looks.data(rows)).encode(
        x=alt.X(
            "rate:Q",
            title="bandwidth that the other cores take (GB/s)",
            scale=alt.Scale(domain=[0, most * 1.04], nice=False),
            axis=alt.Axis(grid=False, tickCount=alt.ExprRef("width < 420 ? 5 : 10")),
        ),
        color=alt.Color("machine:N", scale=looks.series(names), legend=legend),
    )
    y = alt.Y(
        "ns:Q",
        title="time of a load (ns)",
        scale=alt.Scale(domain=[0, max(max(row["high"], row["ns"]) for row in rows)], nice=True),
        axis=alt.Axis(tickCount=6),
    )
    order = alt.Order("order:Q")
    shape = alt.Shape("machine:N", scale=looks.series(names, "shape"), legend=legend)
    tips = looks.tips(machine="machine", load="the other cores take", time="time of a load")
    return [
        base.mark_rule(strokeWidth=2, opacity=0.5).encode(y=alt.Y("low:Q"), y2="high:Q", color=base.encoding.color),
        base.mark_line().encode(y=y, strokeDash=looks.dash("machine", names), order=order),
        base.mark_point(opacity=1, size=60).encode(y=y, shape=shape, tooltip=tips),
    ]


def _marked(marks: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[Any]:
    """Return the layers that mark what all cores read, named where there is one machine."""
    if not marks:
        return []
    names = list(dict.fromkeys(row["machine"] for row in rows))
    base = alt.Chart(looks.data(marks)).encode(
        x="rate:Q",
        color=alt.Color("machine:N", scale=looks.series(names)),
        tooltip=looks.tips(machine="machine", text="memory"),
    )
    text = base.mark_text(
        align="right", baseline="bottom", dx=-6, text=alt.ExprRef("width < 420 ? datum.short : datum.text")
    ).encode(y=alt.value(296), color=alt.value(looks.INK))
    return [base.mark_rule(strokeDash=[4, 4], strokeWidth=1.5), *([text] if len(marks) == 1 else [])]


def _alternative(rows: list[dict[str, Any]], marks: list[dict[str, Any]], *, is_alone: bool) -> str:
    """Say from where to where each line goes, and what all cores read."""
    parts = []
    for name in dict.fromkeys(row["machine"] for row in rows):
        mine = [row for row in rows if row["machine"] == name]
        first, last = mine[0], max(mine, key=lambda row: row["rate"])
        who = "" if is_alone else f"{name}: "
        how = "without load" if first["rate"] == 0 else f"while others take {first['load']}"
        parts.append(f"{who}{first['time']} {how}")
        if last is not first:
            parts[-1] += (
                f", {last['time']} ({significant(last['ns'] / first['ns'])} times) while they take {last['load']}"
            )
        parts[-1] += "".join(f"; {mark['text']}" for mark in marks if mark["machine"] == name) + "."
    return told(parts)


def _table(rows: list[dict[str, Any]]) -> Table:
    """Return a point a row, in the order of growing load."""
    names = {row["machine"] for row in rows}
    body = [(*([row["machine"]] if len(names) > 1 else []), row["load"], row["time"]) for row in rows]
    headers = (*(["machine"] if len(names) > 1 else []), "the other cores take", "time of a load")
    return Table(headers=headers, rows=body, right=frozenset({len(headers) - 2, len(headers) - 1}))
