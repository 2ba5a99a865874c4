"""The load-latency curve: time of a dependent load by footprint, with the levels named, small pages against huge ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import altair as alt

from hwbench.records import MachineProfile, Point
from hwbench.show.report import looks
from hwbench.show.report.looks import INK, MUTED
from hwbench.show.report.machines import Machine, each, only
from hwbench.show.report.picture import Drawn, Missing, Picture, Table
from hwbench.units import format_bytes, format_interval, format_time

TITLE: Final = "Load latency by footprint"
CURVES: Final = {"latency_base": "base pages", "latency_huge": "huge pages"}
LEVELS: Final = {"l1d": "L1", "l2": "L2", "l3": "L3", "l4": "L4"}
CAPTION: Final = (
    "Each load waits for the one before, in random order, so nothing hides its latency. A plateau is a level of the hierarchy, and"
    " a step is where a level is full; the dashed lines stand at the measured capacities. Shaded: the interval."
)


def latency(machines: Sequence[Machine]) -> Drawn:
    """Draw the curves of one machine, small pages against huge ones, or those of several over each other."""
    rows = [row for machine in machines for row in _rows(machine, several=len(machines) > 1)]
    if not rows:
        return Missing(TITLE, "the record has no latency curve: measure it with `hwbench characterize`")
    names = list(dict.fromkeys(row["series"] for row in rows))
    levels = list(_levels(machines[0].profile)) if len(machines) == 1 else []
    return Picture(
        name="latency",
        title=TITLE,
        spec=looks.finished(alt.layer(*_curves(rows, names), *_marks(levels, rows)), 320),
        alternative=_alternative(machines, rows),
        caption=CAPTION,
        table=_table(rows, names),
    )


def _rows(machine: Machine, *, several: bool) -> Iterator[dict[str, Any]]:
    """Return the points that can be drawn; of several machines, one curve each."""
    curves = {name: machine.profile.curves.get(name, ()) for name in CURVES}
    if several:
        curves = {name: points for name, points in curves.items() if points and name == "latency_base"}
        curves = curves or {"latency": machine.profile.curves.get("latency", ())}
    for name, points in curves.items():
        series = machine.label if several else CURVES[name]
        yield from (_row(series, point) for point in points if looks.is_drawable(point.get("bytes"), point.get("ns")))


def _row(series: str, point: Point) -> dict[str, Any]:
    low, high = point.get("low", point["ns"]), point.get("high", point["ns"])
    bounds = (low, high) if looks.is_drawable(low, high) else (point["ns"], point["ns"])
    return {
        "series": series,
        "bytes": point["bytes"],
        "ns": point["ns"],
        "low": bounds[0],
        "high": bounds[1],
        "footprint": format_bytes(point["bytes"]),
        "time": format_interval(point["ns"], *bounds, "ns"),
        "cycles": f"{point['cycles']:.3g}" if "cycles" in point else "",
    }


def _levels(profile: MachineProfile) -> Iterator[dict[str, Any]]:
    for stem, name in LEVELS.items():
        quantity = profile.quantities.get(f"{stem}.capacity")
        if quantity is not None and quantity.value is not None and looks.is_drawable(quantity.value):
            yield {"bytes": quantity.value, "level": name, "text": f"{name} {format_bytes(quantity.value)}"}


def _curves(rows: list[dict[str, Any]], names: Sequence[str]) -> list[Any]:
    """Return the layers of the curves: intervals, lines, and points that tell their values."""
    sizes = [row["bytes"] for row in rows]
    times = [row[key] for row in rows for key in ("low", "ns", "high")]
    base = alt.Chart(looks.data(rows)).encode(
        x=alt.X(
            "bytes:Q",
            title="footprint",
            scale=looks.log_scale(sizes, base=2),
            axis=alt.Axis(values=looks.octaves(sizes), labelExpr=looks.BYTE_LABELS, grid=False),
        ),
        color=alt.Color("series:N", scale=looks.series(names), legend=looks.legend()),
    )
    y_axis = alt.Axis(values=looks.decades(times), labelExpr=looks.TIME_LABELS)
    y = alt.Y("ns:Q", title="time of a load", scale=looks.log_scale(times, room=1.15), axis=y_axis)
    dash = alt.StrokeDash("series:N", scale=looks.series(names, "dash"), legend=looks.legend())
    shape = alt.Shape("series:N", scale=looks.series(names, "shape"), legend=looks.legend())
    told = looks.tips(series="curve", footprint="footprint", time="time of a load", cycles="core cycles")
    return [
        base.mark_area(opacity=0.18).encode(y=alt.Y("low:Q", axis=y_axis), y2="high:Q"),
        base.mark_line().encode(y=y, strokeDash=dash),
        base.mark_point(opacity=1).encode(y=y, shape=shape, tooltip=told),
    ]


def _marks(levels: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[Any]:
    """Return the layers that mark the capacities and name the levels, those inside the curve."""
    sizes = [row["bytes"] for row in rows]
    inside = [level for level in levels if min(sizes) < level["bytes"] < max(sizes)]
    if not inside:
        return []
    base = alt.Chart(looks.data(inside)).encode(x="bytes:Q")
    return [
        base.mark_rule(strokeDash=[3, 3], color=MUTED),
        base.mark_text(
            align="right", dx=-5, baseline="top", color=INK, text=alt.ExprRef("width < 420 ? datum.level : datum.text")
        ).encode(y=alt.value(4)),
    ]


def _alternative(machines: Sequence[Machine], rows: list[dict[str, Any]]) -> str:
    """Say what is to be seen: from where to where each curve rises, and what the levels cost."""
    told = []
    for name in dict.fromkeys(row["series"] for row in rows):
        mine = sorted((row for row in rows if row["series"] == name), key=lambda row: row["bytes"])
        first, last = mine[0], mine[-1]
        told.append(f"{name}: {first['time']} at {first['footprint']}, {last['time']} at {last['footprint']}.")
    profile = only(machines)
    if profile is not None:
        levels = [
            f"{title} {format_time(value)}" for title, value in each(profile, "latency", {**LEVELS, "dram": "memory"})
        ]
        told.append(f"Levels: {', '.join(levels)}." if levels else "")
    return " ".join(part for part in told if part)


def _table(rows: list[dict[str, Any]], names: Sequence[str]) -> Table:
    """Return a footprint a row, a curve a column."""
    cells = {(row["series"], row["bytes"]): row["time"] for row in rows}
    sizes = sorted({row["bytes"] for row in rows})
    body = [(format_bytes(size), *(cells.get((name, size), "") for name in names)) for size in sizes]
    return Table(headers=("footprint", *names), rows=body, right=frozenset(range(1, len(names) + 1)))
