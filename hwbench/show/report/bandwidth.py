"""Bandwidth of each level against its roof, by operation and vector width, of one core.

What the operations are, and what can fool them, stands in `hwbench.probes.bandwidth`. Source: McCalpin, STREAM (1995).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import altair as alt

from hwbench.records import Point
from hwbench.records.machine import BANDWIDTH_OPERATIONS
from hwbench.show.report import looks
from hwbench.show.report.machines import Machine, told
from hwbench.show.report.picture import Drawn, Missing, Picture, Spec, Table
from hwbench.show.words import listed, one_line, plural
from hwbench.units import format_interval, format_rate, significant

TITLE: Final = "Bandwidth by level, operation and vector width"
TITLE_OF_SEVERAL: Final = "Best bandwidth by level and operation"
LEVELS: Final = {1: "L1", 2: "L2", 3: "L3", 4: "memory"}
STEMS: Final = {1: "l1d", 2: "l2", 3: "l3", 4: "dram"}
OPERATIONS: Final = {
    "load": "load",
    "read": "sum",
    "write": "write",
    "copy": "copy",
    "triad": "triad",
    "scale": "scale",
    "add": "add",
    "streaming_write": "streaming write",
    "streaming_copy": "streaming copy",
}
COMPARED: Final = ("read", "write", "copy", "triad")
ROW: Final = 30  # pixels of an operation
MOST_WIDTHS: Final = 6
GIGA: Final = 1e9
# Names of two words take two lines; Vega centres the first of them, so it is set above the middle.
MIDDLE: Final[dict[str, Any]] = {
    "condition": {"test": "isString(datum.value) && indexof(datum.value, ' ') > 0", "value": "bottom"},
    "value": "middle",
}
NO_CURVE: Final = "the record has no bandwidths: measure them with `hwbench characterize`"
CAPTION: Final = (
    "One core streams through arrays in order, 8 bytes a word, counted as the program moves them: a panel a level, a row an"
    " operation, a mark a vector width, with its interval. The dashed line is the level's roof: the most that was measured of it by"
    " any operation at any width on one core. Each panel has its own scale, from 0. To load is to read into registers, to sum is to"
    " read and add; triad is a = b + s·c, scale a = s·b, add a = b + c; streaming stores go around the caches, so memory alone has them."
)
CAPTION_OF_SEVERAL: Final = (
    "One core, the best vector width of each operation; a panel a level, a mark a machine, with its interval. The upright lines are the"
    " roofs: the most that was measured of the level by any operation at any width. Each panel has its own scale, from 0."
)


def bandwidth(machines: Sequence[Machine]) -> Drawn:
    """Draw what one core gets (GB/s): of one machine at every width; of several the best of reads, writes, copies, triads."""
    several = len(machines) > 1
    title = TITLE_OF_SEVERAL if several else TITLE
    rows = [row for machine in machines for row in (_best_rows(machine) if several else _rows(machine))]
    if not rows:
        return Missing(title, NO_CURVE)
    roofs = [roof for machine in machines for roof in _roofs(machine, several=several)]
    return Picture(
        name="bandwidth",
        title=title,
        spec=_panels(rows, roofs, several=several),
        alternative=_alternative(rows, roofs, several=several),
        caption=CAPTION_OF_SEVERAL if several else CAPTION,
        table=_table(rows, machines),
    )


def points_of(machine: Machine) -> Iterator[Point]:
    """Yield the points of the curve `bandwidth` that can be drawn: a known level and operation, a rate, some cores."""
    for point in machine.profile.curves.get("bandwidth", ()):
        known = point.get("level") in LEVELS and point.get("operation") in range(len(BANDWIDTH_OPERATIONS))
        if known and looks.is_drawable(point.get("bytes_per_second"), point.get("cores"), point.get("vector_bits")):
            yield point


def _rows(machine: Machine) -> Iterator[dict[str, Any]]:
    """Return what one core got of each level by every operation at each width."""
    points = [point for point in points_of(machine) if point["cores"] == 1]
    widths = sorted({point["vector_bits"] for point in points})[:MOST_WIDTHS]
    for point in sorted(points, key=lambda point: (point["level"], point["vector_bits"])):
        if point["vector_bits"] in widths:
            yield row_of(point, OPERATIONS[operation_of(point)], _width(point))


def _best_rows(machine: Machine) -> Iterator[dict[str, Any]]:
    """Return the best that one core got of each level by the operations that are compared."""
    for (_, operation), point in sorted(best_points(points_of(machine), cores=1).items()):
        if operation in COMPARED:
            yield row_of(point, operation, machine.name)


def best_points(points: Iterable[Point], cores: float) -> dict[tuple[float, str], Point]:
    """Return the best point of each level and operation at so many cores; to load and to sum are one, to read."""
    best: dict[tuple[float, str], Point] = {}
    for point in points:
        name = operation_of(point)
        key = (point["level"], "read" if name == "load" else name)
        known = best.get(key)
        if point["cores"] == cores and (known is None or point["bytes_per_second"] > known["bytes_per_second"]):
            best[key] = point
    return best


def operation_of(point: Point) -> str:
    """Return the name of a point's operation."""
    return BANDWIDTH_OPERATIONS[int(point["operation"])]


def _width(point: Point) -> str:
    return f"{point['vector_bits']:.0f} bits"


def row_of(point: Point, operation: str, series: str) -> dict[str, Any]:
    """Return a point as a row of data: GB/s to be drawn, and all of it as text."""
    rate, low, high = point["bytes_per_second"], point.get("low"), point.get("high")
    bounds = (low, high) if looks.is_drawable(low, high) else (rate, rate)
    cycles = point.get("bytes_per_cycle")
    return {
        "level": LEVELS[int(point["level"])],
        "operation": operation,
        "series": series,
        "rate": rate / GIGA,
        "low": (bounds[0] or rate) / GIGA,
        "high": (bounds[1] or rate) / GIGA,
        "text": format_interval(rate, *bounds, "B/s"),
        "width": _width(point),
        "cycles": f"{significant(cycles)} B" if cycles is not None and looks.is_drawable(cycles) else "",
    }


def _roofs(machine: Machine, *, several: bool) -> Iterator[dict[str, Any]]:
    """Return the most that one core got of each level by whatever was tried."""
    for number, level in LEVELS.items():
        rates = [
            (point["bytes_per_second"], operation_of(point), _width(point))
            for point in points_of(machine)
            if point["level"] == number and point["cores"] == 1
        ]
        if rates:
            rate, operation, width = max(rates)
            yield {
                "level": level,
                "series": machine.name if several else "",
                "roof": rate / GIGA,
                "roof_text": format_rate(rate),
                "how": f"{OPERATIONS[operation]}, {width}",
            }


def _panels(rows: list[dict[str, Any]], roofs: list[dict[str, Any]], *, several: bool) -> Spec:
    """Return a panel a level: a row an operation, a mark a series, the roof a dashed line."""
    heads = {roof["level"]: f"{roof['level']}: roof {roof['roof_text']}" for roof in roofs}
    levels = [level for level in LEVELS.values() if level in heads]
    panels = [level if several else heads[level] for level in levels]
    whole = [{**row, "panel": row["level"] if several else heads[row["level"]]} for row in [*rows, *roofs]]
    there = {row["operation"] for row in rows}
    order = [name for name in (COMPARED if several else OPERATIONS.values()) if name in there]
    names = list(dict.fromkeys(row["series"] for row in rows))
    layers = [*_marks(order, names, several=several), _roof(names, several=several)]
    chart = (
        alt.layer(*layers, data=looks.data(whole))
        .properties(width=260, height=ROW * len(order))
        .facet(alt.Facet("panel:N", title=None, sort=panels, header=alt.Header(labelAnchor="start")), columns=2)
        .resolve_scale(x="independent")
        .resolve_axis(y="independent")  # a panel below another keeps its names where the page has room for one in a row
    )
    return looks.panels(chart, 240)


def _marks(order: Sequence[str], names: Sequence[str], *, several: bool) -> list[Any]:
    """Return the layers of intervals and points; the series stand under each other in an operation's row."""
    legend = alt.Legend(title=None if several else "vector width", columns=_columns(names))
    base = (
        alt.Chart()
        .transform_filter("isValid(datum.rate)")
        .encode(
            y=alt.Y(
                "operation:N",
                title=None,
                sort=list(order),
                scale=alt.Scale(domain=list(order), paddingInner=0.25, paddingOuter=0.15),
                axis=alt.Axis(
                    labelExpr="split(datum.label, ' ')",
                    labelBaseline=MIDDLE,
                    labelOverlap=False,
                    grid=True,
                    tickBand="extent",
                ),
            ),
            yOffset=alt.YOffset("series:N", sort=list(names), scale=alt.Scale(domain=list(names))),
            color=alt.Color("series:N", scale=looks.series(names), legend=legend),
        )
    )
    axis = alt.Axis(tickCount=5, grid=True, gridOpacity=0.6)
    x = alt.X("rate:Q", title="GB/s, one core", scale=alt.Scale(zero=True, nice=True), axis=axis)
    shape = alt.Shape("series:N", scale=looks.series(names, "shape"), legend=legend)
    tips = looks.tips(
        level="level",
        operation="operation",
        series="series",
        width="vector width",
        text="bandwidth",
        cycles="in a core cycle",
    )
    return [
        base.mark_rule(strokeWidth=2.5, opacity=0.45).encode(x=alt.X("low:Q"), x2="high:Q"),
        base.mark_point(opacity=1, size=46).encode(x=x, shape=shape, tooltip=tips),
    ]


def _columns(names: Sequence[str]) -> Any:
    """Return how many names of a legend stand in a row: in panels only their own width is known."""
    return (
        alt.ExprRef("child_width < 300 ? 2 : 4")
        if max(map(len, names)) < 12
        else alt.ExprRef("child_width < 300 ? 1 : 2")
    )


def _roof(names: Sequence[str], *, several: bool) -> Any:
    """Return the layer of the roofs, a dashed line each; those of several machines in their colours and dashes."""
    tips = looks.tips(level="roof of", series="machine", roof_text="bandwidth", how="by")
    line = alt.Chart().transform_filter("isValid(datum.roof)").encode(x=alt.X("roof:Q"), tooltip=tips)
    if not several:
        return line.mark_rule(strokeDash=[5, 3], strokeWidth=1.5, color=looks.colour("total"))
    paint = alt.Color("series:N", scale=looks.series(names))
    return line.mark_rule(strokeWidth=1.5).encode(color=paint, strokeDash=looks.dash("series", names))


def _alternative(rows: list[dict[str, Any]], roofs: list[dict[str, Any]], *, several: bool) -> str:
    """Say what the roof of each level is, and of one machine what reached it."""
    if several:
        of_each: dict[str, list[str]] = {}
        for roof in roofs:
            of_each.setdefault(roof["series"], []).append(f"{roof['level']} {roof['roof_text']}")
        return told(f"{name}: at most {listed(of_one)}." for name, of_one in of_each.items())
    levels = listed([f"{roof['level']} {roof['roof_text']} ({roof['how']})" for roof in roofs])
    operations, widths = (len({row[field] for row in rows}) for field in ("operation", "series"))
    return f"One core gets at most of {levels}. {plural(operations, 'operation')}, {plural(widths, 'vector width')}."


def _table(rows: list[dict[str, Any]], machines: Sequence[Machine]) -> Table:
    """Return an operation of a level a row, a series a column; marked where the record has a doubt about the level."""
    names = list(dict.fromkeys(row["series"] for row in rows))
    cells = {(row["level"], row["operation"], row["series"]): row for row in rows}
    keys = list(dict.fromkeys((row["level"], row["operation"]) for row in rows))
    body = []
    for key in keys:
        found = [cells.get((*key, name)) for name in names]
        body.append((" ".join(key), *(f"{one['text']}{_per_cycle(one)}" if one else "" for one in found)))
    doubts = {LEVELS[number]: doubt for machine in machines for number in LEVELS if (doubt := _doubt(machine, number))}
    return Table(
        headers=("one core", *names),
        rows=body,
        right=frozenset(range(1, len(names) + 1)),
        marked=frozenset(number for number, (level, _) in enumerate(keys) if level in doubts),
        mark="; ".join(f"{level}: {doubt}" for level, doubt in doubts.items()),
    )


def _per_cycle(row: dict[str, Any]) -> str:
    return f", {row['cycles']}/cycle" if row["cycles"] else ""


def _doubt(machine: Machine, level: int) -> str:
    """Return what the record doubts about a level's bandwidths, or an empty text."""
    for name, quantity in machine.profile.quantities.items():
        if name.startswith(f"{STEMS[level]}.") and name.endswith("_bandwidth") and quantity.caution:
            return one_line(quantity.caution)
    return ""
