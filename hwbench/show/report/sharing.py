"""How long a cache line takes from core to core: a heat map of all pairs, those that share a cache or a socket side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median
from typing import Any, Final

import altair as alt

from hwbench.records import CoreFacts, HostFacts
from hwbench.show.report import looks
from hwbench.show.report.looks import INK
from hwbench.show.report.machines import Machine, told
from hwbench.show.report.picture import Drawn, Missing, Picture, Spec, Table
from hwbench.show.report.topology_parts import cores_of, share_out
from hwbench.show.words import listed, plural
from hwbench.units import format_time

TITLE: Final = "From core to core"
MOST_NUMBERED: Final = 16  # CPUs whose cells have room for numbers
MOST_CELLS: Final = 48  # CPUs, or groups of them, a side: a picture of them takes some 400 KB
MOST_CELLS_OF_SEVERAL: Final = 24
CROWDED: Final = 3  # cells a line, at least
GAP: Final = 0.06  # of a cell's width, between cells
DARK: Final = 0.45  # of the way through the colours, where black is read as well as white
THIRD: Final = 3
MOST_CPU: Final = 1 << 20  # no CPU has a larger number
RELATIONS: Final = (
    "threads of one core",
    "cores on one L3",
    "cores on different L3s of a socket",
    "cores of a socket",
    "different sockets",
    "different CPUs",
)
CAPTION: Final = (
    "Two pinned threads hand a number to and fro in one cache line; a cell is one way between two CPUs, half a round trip. CPUs are"
    " ordered by socket, NUMA node, L3 and core."
)
LINES: Final = {
    "socket": " Thick lines part sockets.",
    "l3": " Thin lines part those that share an L3, as far as the host tells it.",
}


@dataclass(frozen=True)
class Places:
    """Where the CPUs of a host are: what it says of each, and CPU → the first CPU that has the same L3."""

    facts: Mapping[int, CoreFacts]
    third: Mapping[int, int]

    def order(self, cpu: int) -> tuple[int, ...]:
        """Return by what a CPU is ordered: socket, NUMA node, L3, core, and its number."""
        core = self.facts.get(cpu)
        where = (core.socket, core.numa_node) if core else (0, 0)
        return (*where, self.third.get(cpu, 0), core.core if core else cpu, cpu)

    def block(self, cpu: int) -> tuple[int, int | None]:
        """Return a CPU's socket and L3."""
        return (self.facts[cpu].socket if cpu in self.facts else 0, self.third.get(cpu))


@dataclass(frozen=True)
class Grid:
    """One machine's CPUs in their order, in groups (of one each, where there is room), and the time of a way by pair."""

    label: str
    places: Places
    groups: Sequence[Sequence[int]]
    ways: Mapping[tuple[int, int], float]

    @property
    def is_grouped(self) -> bool:
        """Whether a cell stands for more than two CPUs."""
        return any(len(group) > 1 for group in self.groups)


def core_to_core(machines: Sequence[Machine]) -> Drawn:
    """Draw the time (ns) of a line from each CPU to each other one, a panel a machine."""
    most = MOST_CELLS if len(machines) == 1 else MOST_CELLS_OF_SEVERAL
    grids = [grid for machine in machines for grid in _grid(machine, most)]
    if not grids:
        return Missing(TITLE, "the record has no ways between CPUs: they take a second CPU, and `hwbench characterize`")
    rows = [row for grid in grids for row in _cells(grid)]
    edges = [edge for grid in grids for edge in _edges(grid)]
    kinds = {edge["kind"] for edge in edges}
    return Picture(
        name="core-to-core",
        title=TITLE,
        spec=_one(grids[0], rows, edges) if len(grids) == 1 else _several(grids, rows, edges),
        alternative=told(_alternative(grid, several=len(grids) > 1) for grid in grids),
        caption=CAPTION + "".join(text for kind, text in LINES.items() if kind in kinds) + _gaps(grids),
        table=_matrix(grids[0]) if len(grids) == 1 and _is_numbered(grids[0]) else _relations(grids),
    )


# ── what was measured ─────────────────────────────────────────────────────────────────────────────────────────────────


def _grid(machine: Machine, most: int) -> Iterator[Grid]:
    """Yield the machine's grid, if it has any way that can be drawn."""
    ways: dict[tuple[int, int], float] = {}
    for point in machine.profile.curves.get("core_to_core", ()):
        first, second, ns = point.get("from"), point.get("to"), point.get("ns")
        if ns is not None and looks.is_drawable(ns) and _is_cpu(first) and _is_cpu(second) and first != second:
            ways[int(first or 0), int(second or 0)] = ns
    ways |= {(second, first): ns for (first, second), ns in ways.items() if (second, first) not in ways}
    if ways:
        places = _places(machine.profile.host)
        cpus = sorted({cpu for cpu, _ in ways}, key=places.order)
        yield Grid(machine.name, places, _grouped(cpus, most, places), ways)


def _is_cpu(number: float | None) -> bool:
    return number is not None and 0 <= number < MOST_CPU and number == int(number)


def _places(host: HostFacts) -> Places:
    """Return where the CPUs are; of an L3 that is there several times the host names the first, the others share alike."""
    claims = [claim for claim in host.caches if claim.level == THIRD]
    third = {cpu: min(claim.shared_by) for claim in claims for cpu in claim.shared_by}
    shares: dict[object, list[int]] = {}
    cores = cores_of(host)
    assigned = share_out(claims, cores)
    for core in cores:
        if core.cpus[0] in assigned:
            claim, instance = assigned[core.cpus[0]]
            shares.setdefault((claims.index(claim), instance), []).extend(core.cpus)
    third |= {cpu: min(cpus) for cpus in shares.values() for cpu in cpus}
    return Places({core.cpu: core for core in host.cores}, third)


def _grouped(cpus: Sequence[int], most: int, places: Places) -> list[Sequence[int]]:
    """Return the CPUs in groups of neighbours, at most so many groups; of one socket and L3 each, where that can be."""
    blocks = [list(block) for _, block in groupby(cpus, places.block)]
    for parts in (blocks, [cpus]):
        for size in range(math.ceil(len(cpus) / most), max(map(len, parts)) + 1):
            groups = [part[first : first + size] for part in parts for first in range(0, len(part), size)]
            if len(groups) <= most:
                return groups
    return [cpus]


def _relation(grid: Grid, first: int, second: int) -> str:
    """Return how two CPUs stand to each other, as far as the host tells."""
    facts, third = grid.places.facts, grid.places.third
    one, other = facts.get(first), facts.get(second)
    if one is None or other is None:
        return RELATIONS[5]
    if one.socket != other.socket:
        return RELATIONS[4]
    if second in one.siblings or first in other.siblings:
        return RELATIONS[0]
    if first in third and second in third:
        return RELATIONS[1] if third[first] == third[second] else RELATIONS[2]
    return RELATIONS[3]


def _cells(grid: Grid) -> Iterator[dict[str, Any]]:
    """Return a cell for each two groups: the median of its ways, and what it is between."""
    for column, first in enumerate(grid.groups):
        for row, second in enumerate(grid.groups):
            ways = [grid.ways[a, b] for a in first for b in second if (a, b) in grid.ways]
            if not ways:
                continue
            ns = median(ways)
            pair = (first[0], second[0] if column != row else first[-1])
            spread = f", median of {len(ways)} ({format_time(min(ways))} to {format_time(max(ways))})"
            yield {
                "machine": grid.label,
                "from": _name(first),
                "to": _name(second),
                "ns": ns,
                "text": f"{ns:.0f}" if ns < 9999.5 else "",
                "time": format_time(ns) + (spread if len(ways) > 1 else ""),
                "first": _told(grid, first),
                "second": _told(grid, second),
                "relation": _relation(grid, *pair) if pair[0] != pair[1] else "",
            }


def _name(group: Sequence[int]) -> str:
    """Return a group's name on the axes: its CPU, or its first one with an ellipsis."""
    return f"{group[0]}" if len(group) == 1 else f"{group[0]}…"


def _told(grid: Grid, group: Sequence[int]) -> str:
    """Return a group's CPUs and where the first of them is."""
    core = grid.places.facts.get(group[0])
    cpus = ", ".join(map(str, group))
    if core is None:
        return cpus
    kind = "" if core.kind == "uniform" else f", {core.kind}"
    return f"{cpus} (socket {core.socket}, node {core.numa_node}, core {core.core}{kind})"


def _edges(grid: Grid) -> list[dict[str, Any]]:
    """Return where, along the CPUs, another socket or another L3 begins; no L3s where every second or third cell would be cut off."""
    facts, third = grid.places.facts, grid.places.third
    edges = []
    for earlier, later in pairwise(grid.groups):
        here, there = facts.get(earlier[0]), facts.get(later[0])
        edge = {"machine": grid.label, "from": _name(later), "to": _name(later)}
        if here and there and here.socket != there.socket:
            edges.append(edge | {"kind": "socket"})
        elif third.get(earlier[0]) != third.get(later[0]):
            edges.append(edge | {"kind": "l3"})
    is_crowded = len(edges) > len(grid.groups) / CROWDED
    return [edge for edge in edges if edge["kind"] == "socket" or not is_crowded]


def _is_numbered(grid: Grid) -> bool:
    return len(grid.groups) <= MOST_NUMBERED and not grid.is_grouped


# ── the drawing ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _one(grid: Grid, rows: list[dict[str, Any]], edges: list[dict[str, Any]]) -> Spec:
    """Return one machine's picture: as high as its cells need, and half as wide again at most."""
    height = min(max(34 * len(grid.groups), 90), 420)
    names = [_name(group) for group in grid.groups]
    width = f"min(width, {height * 1.5:.0f})"
    x_scale = alt.Scale(domain=names, paddingInner=GAP, paddingOuter=0, range=[0, alt.ExprRef(width)])
    y_scale = alt.Scale(domain=names, paddingInner=GAP, paddingOuter=0)
    axis = _axis(len(names))
    base = alt.Chart().encode(
        x=alt.X("from:N", title="from CPU", sort=names, scale=x_scale, axis=axis),
        y=alt.Y("to:N", title="to CPU", sort=names, scale=y_scale, axis=axis),
    )
    layers = [_rectangles(base, rows), *([_numbers(base, rows, width, len(names))] if _is_numbered(grid) else [])]
    chart = alt.layer(*layers, *_lines(edges, width, (names, names)), data=looks.data([*rows, *edges]))
    return looks.finished(chart, height)


def _several(grids: Sequence[Grid], rows: list[dict[str, Any]], edges: list[dict[str, Any]]) -> Spec:
    """Return a panel a machine, each with its own CPUs, all in the same colours."""
    orders = {grid.label: {_name(group): place for place, group in enumerate(grid.groups)} for grid in grids}
    for row in [*rows, *edges]:
        row["from_place"], row["to_place"] = (orders[row["machine"]][row[end]] for end in ("from", "to"))
    axis = _axis(MOST_CELLS_OF_SEVERAL)
    sorts = (alt.EncodingSortField("from_place", op="min"), alt.EncodingSortField("to_place", op="min"))
    base = alt.Chart().encode(
        x=alt.X("from:N", title="from CPU", sort=sorts[0], scale=alt.Scale(padding=0), axis=axis),
        y=alt.Y("to:N", title="to CPU", sort=sorts[1], scale=alt.Scale(padding=0), axis=axis),
    )
    chart = (
        alt.layer(_rectangles(base, rows), *_lines(edges, "child_width", sorts), data=looks.data([*rows, *edges]))
        .properties(width=260, height=240)
        .facet(alt.Facet("machine:N", title=None, sort=list(orders)), columns=2)
        .resolve_scale(x="independent", y="independent")
        .resolve_axis(x="independent", y="independent")
    )
    return looks.panels(chart, 240)


def _axis(cells: int) -> alt.Axis:
    """Return the axis of CPUs: every name where there is room, else every other one, and so on."""
    overlap: Any = False if cells <= MOST_NUMBERED else "parity"
    return alt.Axis(labelAngle=0, ticks=False, domain=False, labelOverlap=overlap, grid=False)


def _paint(rows: list[dict[str, Any]]) -> tuple[float, float, bool]:
    """Return the bounds of the colours, and whether they go by powers."""
    times = [row["ns"] for row in rows]
    low, high = min(times), max(times)
    return low, high if high > low else 4 * low, high > 20 * low


def _rectangles(base: Any, rows: list[dict[str, Any]]) -> Any:
    """Return the layer of the cells."""
    low, high, by_powers = _paint(rows)
    legend = alt.Legend(title="one way (ns)", tickCount=4, format="~r")
    paint = alt.Color(
        "ns:Q",
        scale=alt.Scale(scheme=looks.SCHEME, type="log" if by_powers else "linear", domain=[low, high], nice=False),
        legend=legend if len({row["ns"] for row in rows}) > 1 else None,
    )
    tips = looks.tips(first="from CPU", second="to CPU", time="one way", relation="they are")
    return base.transform_filter("isValid(datum.ns)").mark_rect(cornerRadius=0).encode(color=paint, tooltip=tips)


def _numbers(base: Any, rows: list[dict[str, Any]], width: str, cells: int) -> Any:
    """Return the layer of the numbers in the cells, white on dark ones; not where they would not fit."""
    low, high, by_powers = _paint(rows)
    middle = low * (high / low) ** DARK if by_powers else low + DARK * (high - low)
    longest = max(len(row["text"]) for row in rows)
    text = alt.ExprRef(f"{width} < {(8 * longest + 2) * cells} ? '' : datum.text")
    ink = alt.condition(f"datum.ns < {middle!r}", alt.value("#ffffff"), alt.value("#000000"))
    return base.transform_filter("isValid(datum.ns)").mark_text(fontSize=12, text=text).encode(color=ink)


def _lines(edges: list[dict[str, Any]], width: str, sorts: tuple[Any, Any]) -> list[Any]:
    """Return the layers that part sockets with thick lines, and those that share an L3 with thin ones.

    They need the sorts of both axes: Vega-Lite drops a sort in which the layers differ.
    """
    layers = []
    for kind, thickness in (("l3", 1.5), ("socket", 4)):
        if any(edge["kind"] == kind for edge in edges):
            base = alt.Chart().transform_filter(f"datum.kind === '{kind}'")
            rule = base.mark_rule(strokeWidth=thickness, color=INK, opacity=1)
            end = alt.X2Value(alt.ExprRef(width))
            layers.append(rule.encode(x=alt.X("from:N", sort=sorts[0], bandPosition=0)))
            layers.append(rule.encode(y=alt.Y("to:N", sort=sorts[1], bandPosition=0), x=alt.value(0), x2=end))
    return layers


# ── the words ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _by_relation(grid: Grid) -> list[tuple[str, list[float]]]:
    """Return the ways of each relation between CPUs, each pair once unless both directions were measured."""
    found: dict[str, list[float]] = {}
    for (first, second), ns in grid.ways.items():
        if first < second or grid.ways[second, first] != ns:
            found.setdefault(_relation(grid, first, second), []).append(ns)
    return sorted(found.items(), key=lambda item: RELATIONS.index(item[0]))


def _alternative(grid: Grid, *, several: bool) -> str:
    """Say what a way costs between CPUs of each relation."""
    parts = []
    for relation, ways in _by_relation(grid):
        least, most = format_time(min(ways)), format_time(max(ways))
        spread = f" ({least} to {most})" if least != most else ""
        parts.append(f"{format_time(median(ways))}{spread} between {relation}")
    cpus = plural(sum(map(len, grid.groups)), "CPU")
    return f"{f'{grid.label}: ' if several else ''}{cpus}; one way takes {listed(parts)}."


def _gaps(grids: Sequence[Grid]) -> str:
    """Say where cells stand for groups, and that empty ones were not measured."""
    text = ""
    largest = max(len(group) for grid in grids for group in grid.groups)
    if largest > 1:
        text += f" There are more CPUs than cells: a cell is the median between up to {largest} neighbours and as many others."
    if any(len(grid.ways) < (many := sum(map(len, grid.groups))) * (many - 1) for grid in grids):
        text += " Empty cells off the diagonal: not measured."
    return text


def _matrix(grid: Grid) -> Table:
    """Return the times between all CPUs, one a row and one a column."""
    cpus = [group[0] for group in grid.groups]
    body = [
        (
            f"CPU {second}",
            *(format_time(grid.ways[first, second]) if (first, second) in grid.ways else "" for first in cpus),
        )
        for second in cpus
    ]
    return Table(
        headers=("to, from", *(f"CPU {cpu}" for cpu in cpus)), rows=body, right=frozenset(range(1, len(cpus) + 1))
    )


def _relations(grids: Sequence[Grid]) -> Table:
    """Return what a way costs between CPUs of each relation, on each machine."""
    body = [
        (grid.label, relation, str(len(ways)), *(format_time(figure(ways)) for figure in (min, median, max)))
        for grid in grids
        for relation, ways in _by_relation(grid)
    ]
    headers = ("machine", "between", "ways", "least", "median", "most")
    return Table(headers=headers, rows=body, right=frozenset(range(2, 6)))
