"""The load-latency curve: time of a dependent load by footprint, with the levels named, small pages against huge ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import altair as alt

from hwbench.records import MachineProfile, Point
from hwbench.show.report import looks
from hwbench.show.report.looks import INK, MUTED
from hwbench.show.report.machines import Machine, each, only, told, value
from hwbench.show.report.picture import Drawn, Missing, Picture, Table
from hwbench.units import format_bytes, format_interval, format_time

TITLE: Final = "Load latency by footprint"
CURVES: Final = {"latency_base": "base pages", "latency_huge": "huge pages"}
LEVELS: Final = {"l1d": "L1", "l2": "L2", "l3": "L3", "l4": "L4"}
MEMORY: Final = "memory"
CAPTION: Final = (
    "Each load waits for the one before, in random order, so nothing hides its latency. A plateau is a level of the hierarchy, a step"
    " where a level is full. Shaded: the interval."
)
CAPACITIES: Final = " Dashed: the measured capacities."
PLATEAUS: Final = (
    " Grey bars: each level's own latency, measured apart and without TLB misses; where a curve lies higher, lines crowd each other"
    " out or pages have to be looked up."
)
ROOM: Final = 1.5  # below the lowest plateau, for its name
LETTERS: Final = 90  # pixels of a plateau's name
SEVERAL: Final = " On base pages."


def latency(machines: Sequence[Machine]) -> Drawn:
    """Draw the curves of one machine, small pages against huge ones, or those of several over each other."""
    rows = [row for machine in machines for row in _rows(machine, several=len(machines) > 1)]
    if not rows:
        return Missing(TITLE, "the record has no latency curve: measure it with `hwbench characterize`")
    names = list(dict.fromkeys(row["series"] for row in rows))
    profile = only(machines)
    ends = min(row["bytes"] for row in rows), max(row["bytes"] for row in rows)
    capacities = _capacities(profile, ends) if profile else []
    plateaus = _plateaus(profile, capacities, ends) if profile else []
    y = _y([*(row[key] for row in rows for key in ("low", "ns", "high")), *(plateau["ns"] for plateau in plateaus)])
    layers = [*_bars(plateaus, y), *_curves(rows, names, y), *_marks(capacities)]
    return Picture(
        name="latency",
        title=TITLE,
        spec=looks.finished(alt.layer(*layers), 320),
        alternative=_alternative(machines, rows),
        caption=_caption(capacities, plateaus, several=profile is None),
        table=_table(rows, names),
    )


def _rows(machine: Machine, *, several: bool) -> Iterator[dict[str, Any]]:
    """Return the points that can be drawn; of several machines, one curve each."""
    curves = {name: machine.profile.curves.get(name, ()) for name in CURVES}
    if several:
        curves = {name: points for name, points in curves.items() if points and name == "latency_base"}
        curves = curves or {"latency": machine.profile.curves.get("latency", ())}
    for name, points in curves.items():
        series = machine.name if several else CURVES[name]
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


def _capacities(profile: MachineProfile, ends: tuple[float, float]) -> list[dict[str, Any]]:
    """Return the measured capacities that lie inside the curve."""
    return [
        {
            "bytes": size,
            "level": name,
            "text": f"{name} {format_bytes(size)}",
            "told": _measured(profile, f"{stem}.capacity"),
        }
        for stem, name in LEVELS.items()
        if (size := value(profile, f"{stem}.capacity")) is not None and ends[0] < size < ends[1]
    ]


def _plateaus(
    profile: MachineProfile, capacities: Sequence[dict[str, Any]], ends: tuple[float, float]
) -> list[dict[str, Any]]:
    """Return the latency of each level, over the footprints that are its own."""
    whole = math.log(ends[1] / ends[0])
    return [
        {
            "level": name,
            "begin": begin,
            "end": end,
            "ns": ns,
            "text": f"{name} {format_time(ns)}",
            "told": _measured(profile, f"{stem}.latency"),
            "share": math.log(end / begin) / whole,
        }
        for stem, name, begin, end in _spans({one["level"]: one["bytes"] for one in capacities}, ends)
        if begin < end and (ns := value(profile, f"{stem}.latency")) is not None and looks.is_drawable(ns)
    ]


def _spans(known: Mapping[str, float], ends: tuple[float, float]) -> Iterator[tuple[str, str, float, float]]:
    """Yield (stem, title, first and last bytes) of each level up to the first of unknown capacity, and of memory."""
    begin = ends[0]
    for stem, name in LEVELS.items():
        if name not in known:
            break
        yield stem, name, begin, known[name]
        begin = known[name]
    if known:
        yield "dram", MEMORY, max(known.values()), ends[1]


def _measured(profile: MachineProfile, name: str) -> str:
    return profile.quantities[name].measured


def _y(times: list[float]) -> alt.Y:
    axis = alt.Axis(values=looks.decades(times), labelExpr=looks.TIME_LABELS)
    scale = looks.log_scale([min(times) / ROOM, *times, max(times) * 1.15])
    return alt.Y("ns:Q", title="time of a load", scale=scale, axis=axis)


def _curves(rows: list[dict[str, Any]], names: Sequence[str], y: alt.Y) -> list[Any]:
    """Return the layers of the curves: intervals, lines, and points that tell their values."""
    sizes = [row["bytes"] for row in rows]
    legend = looks.legend()
    base = alt.Chart(looks.data(rows)).encode(
        x=alt.X(
            "bytes:Q",
            title="footprint",
            scale=looks.log_scale(sizes, base=2),
            axis=alt.Axis(values=looks.octaves(sizes), labelExpr=looks.BYTE_LABELS, grid=False),
        ),
        y=y,
        color=alt.Color("series:N", scale=looks.series(names), legend=legend),
    )
    shape = alt.Shape("series:N", scale=looks.series(names, "shape"), legend=legend)
    tips = looks.tips(series="curve", footprint="footprint", time="time of a load", cycles="core cycles")
    return [
        base.mark_area(opacity=0.18).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_line().encode(strokeDash=looks.dash("series", names)),
        base.mark_point(opacity=1).encode(shape=shape, tooltip=tips),
    ]


def _bars(plateaus: list[dict[str, Any]], y: alt.Y) -> list[Any]:
    """Return the layers of the plateaus: a bar at each level's latency, under its right end the name where there is room."""
    if not plateaus:
        return []
    base = alt.Chart(looks.data(plateaus)).encode(y=y, tooltip=looks.tips(level="level", told="its latency"))
    text = alt.ExprRef(f"width * datum.share < {LETTERS} ? '' : datum.text")
    return [
        base.mark_rule(strokeWidth=8, color=MUTED, opacity=0.3).encode(x=alt.X("begin:Q"), x2="end:Q"),
        base.mark_text(align="right", baseline="top", dx=-4, dy=7, color=INK, text=text).encode(x=alt.X("end:Q")),
    ]


def _marks(capacities: list[dict[str, Any]]) -> list[Any]:
    """Return the layers that mark the capacities and name the levels."""
    if not capacities:
        return []
    tips = looks.tips(level="level", told="its capacity")
    base = alt.Chart(looks.data(capacities)).encode(x="bytes:Q", tooltip=tips)
    return [
        base.mark_rule(strokeDash=[3, 3], color=MUTED),
        base.mark_text(
            align="right", dx=-5, baseline="top", color=INK, text=alt.ExprRef("width < 420 ? datum.level : datum.text")
        ).encode(y=alt.value(4)),
    ]


def _caption(capacities: Sequence[object], plateaus: Sequence[object], *, several: bool) -> str:
    parts = {CAPTION: True, SEVERAL: several, CAPACITIES: bool(capacities), PLATEAUS: bool(plateaus)}
    return "".join(text for text, is_so in parts.items() if is_so)


def _alternative(machines: Sequence[Machine], rows: list[dict[str, Any]]) -> str:
    """Say what is to be seen: from where to where each curve rises, and what the levels cost."""
    parts = []
    for name in dict.fromkeys(row["series"] for row in rows):
        mine = sorted((row for row in rows if row["series"] == name), key=lambda row: row["bytes"])
        first, last = mine[0], mine[-1]
        parts.append(f"{name}: {first['time']} at {first['footprint']}, {last['time']} at {last['footprint']}.")
    profile = only(machines)
    if profile is not None:
        levels = [
            f"{title} {format_time(value)}" for title, value in each(profile, "latency", {**LEVELS, "dram": MEMORY})
        ]
        parts.append(f"Levels: {', '.join(levels)}." if levels else "")
    return told(parts)


def _table(rows: list[dict[str, Any]], names: Sequence[str]) -> Table:
    """Return a footprint a row, a curve a column."""
    cells = {(row["series"], row["bytes"]): row["time"] for row in rows}
    sizes = sorted({row["bytes"] for row in rows})
    body = [(format_bytes(size), *(cells.get((name, size), "") for name in names)) for size in sizes]
    return Table(headers=("footprint", *names), rows=body, right=frozenset(range(1, len(names) + 1)))
