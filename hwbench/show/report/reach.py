"""The reach of the TLB: what translation adds to a load by the number of pages that are touched in turn.

The curve is the time of loads of one line in each page less that of as many lines packed together, so that what the caches
cost is taken off. Source of the method: R. Saavedra, A. J. Smith, "Measuring cache and TLB performance and their effect on
benchmark runtimes", IEEE Transactions on Computers 44(10), 1995.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import altair as alt

from hwbench.records import MachineProfile, Point, Quantity, TlbClaim
from hwbench.show.report import looks
from hwbench.show.report.looks import INK, MUTED
from hwbench.show.report.machines import Machine, only, told
from hwbench.show.report.picture import Drawn, Missing, Picture, Table
from hwbench.units import format_bytes, format_time, significant

TITLE: Final = "TLB reach"
CURVES: Final = {"tlb": "base pages", "tlb_huge": "huge pages"}
ENDINGS: Final = {"tlb": "", "tlb_huge": "_huge"}  # of the quantities' names
LEVELS: Final = {"dtlb.l1.entries": "L1", "dtlb.l2.entries": "L2"}
TICKS: Final = (-100, -10, -1, 0, 1, 3, 10, 30, 100, 300, 1000, 3000)
ABSURD: Final = 1e9  # ns: no translation takes a second
CAPTION: Final = (
    "One line in each page is loaded, in random order, less as many lines packed together: what is left is the price of finding"
    " the pages. Flat near zero: all pages are in the first level of the TLB; each step up is a level that is full. The axis"
    " of time is linear up to 1 ns and logarithmic beyond."
)


def reach(machines: Sequence[Machine]) -> Drawn:
    """Draw what translation adds to a load by pages touched: base and huge pages of one machine, or base pages of several."""
    rows = [row for machine in machines for row in _rows(machine, several=len(machines) > 1)]
    if not rows:
        return Missing(TITLE, "the record has no curve of address translation: `hwbench characterize` measures it")
    names = list(dict.fromkeys(row["series"] for row in rows))
    profile = only(machines)
    levels = _levels(profile, rows) if profile else []
    entries = _entries(profile) if profile else ""
    return Picture(
        name="reach",
        title=TITLE,
        spec=looks.finished(alt.layer(*_marks(levels), *_curves(rows, names)), 320),
        alternative=_alternative(rows, names),
        caption=f"{CAPTION} {entries}".strip(),
        table=_table(rows, names),
    )


def _rows(machine: Machine, *, several: bool) -> Iterator[dict[str, Any]]:
    """Return the points that can be drawn; of several machines, base pages alone."""
    for name in ("tlb",) if several else CURVES:
        page = _page_bytes(machine.profile, name)
        kind = CURVES[name] if page is None else f"{CURVES[name]} ({format_bytes(page)})"
        for point in machine.profile.curves.get(name, ()):
            if looks.is_drawable(point.get("pages")) and abs(point.get("cost_ns", math.nan)) < ABSURD:
                yield _row(machine.name if several else kind, point, page) | {"kind": kind}


def _page_bytes(profile: MachineProfile, curve: str) -> int | None:
    memory = profile.host.memory
    return memory.base_page_bytes if curve == "tlb" else memory.huge_page_bytes


def _row(series: str, point: Point, page: int | None) -> dict[str, Any]:
    spread, packed = point.get("spread_cycles"), point.get("packed_cycles")
    return {
        "series": series,
        "pages": point["pages"],
        "ns": point["cost_ns"],
        "count": f"{point['pages']:.0f}",
        "bytes": "" if page is None else format_bytes(point["pages"] * page),
        "time": _time(point["cost_ns"]),
        "spread": "" if spread is None else f"{spread:.3g}",
        "packed": "" if packed is None else f"{packed:.3g}",
    }


def _time(nanoseconds: float) -> str:
    """Write an extra time; below a hundredth of a nanosecond it is noise about zero."""
    return "0 ns" if abs(nanoseconds) < 0.01 else format_time(nanoseconds)


def _levels(profile: MachineProfile, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return where the levels are full, as measured, inside the curves; levels of both kinds of page at one place are one."""
    found: dict[int, dict[str, list[str]]] = {}
    for stem, level in LEVELS.items():
        for curve, ending in ENDINGS.items():
            quantity = profile.quantities.get(stem + ending)
            value = None if quantity is None else quantity.value
            if value is not None and looks.is_drawable(value) and profile.curves.get(curve):
                found.setdefault(round(value), {}).setdefault(level, []).append(CURVES[curve].split()[0])
    pages = [row["pages"] for row in rows]
    inside = sorted(entries for entries in found if min(pages) < entries < max(pages))
    return [
        {
            "pages": entries,
            "text": ", ".join(
                f"{level} TLB {' and '.join(kinds)}: {entries}" for level, kinds in found[entries].items()
            ),
            "short": ", ".join(f"{level} {entries}" for level in found[entries]),
            "place": 4 + 15 * place,
            "reach": "; ".join(_reaches(profile, entries, found[entries])),
        }
        for place, entries in enumerate(inside)
    ]


def _reaches(profile: MachineProfile, entries: float, levels: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield how many bytes so many entries reach, for each kind of page that a level has them for."""
    kinds = {kind for found in levels.values() for kind in found}
    for curve, name in CURVES.items():
        page = _page_bytes(profile, curve)
        if name.split()[0] in kinds and page is not None:
            yield f"{format_bytes(entries * page)} on {name}"


def _curves(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[Any]:
    """Return the lines and the points that tell their values."""
    pages = [row["pages"] for row in rows]
    times = [0.0, *(row["ns"] for row in rows)]
    low, high = min(times), max(times)
    base = alt.Chart(looks.data(rows)).encode(
        x=alt.X(
            "pages:Q",
            title="pages touched in turn",
            scale=looks.log_scale(pages, base=2, room=1.05),
            axis=alt.Axis(values=looks.octaves(pages, 11), format="d", grid=False),
        ),
        y=alt.Y(
            "ns:Q",
            title="extra time of a load",
            scale=alt.Scale(type="symlog", constant=1, domain=[min(low * 1.3, -0.3), max(high * 1.3, 3)], nice=False),
            axis=alt.Axis(
                values=[tick for tick in TICKS if low * 1.3 <= tick <= max(high * 1.3, 3)], labelExpr=_LABELS
            ),
        ),
        color=alt.Color("series:N", scale=looks.series(names), legend=looks.legend()),
    )
    shape = alt.Shape("series:N", scale=looks.series(names, "shape"), legend=looks.legend())
    tips = looks.tips(
        series="curve",
        kind="pages of",
        count="pages",
        bytes="reach",
        time="extra time of a load",
        spread="cycles, one line a page",
        packed="cycles, packed lines",
    )
    return [
        base.mark_line().encode(strokeDash=looks.dash("series", names)),
        base.mark_point(opacity=1).encode(shape=shape, tooltip=tips),
    ]


# Like looks.TIME_LABELS, and for times below zero.
_LABELS: Final = (
    "datum.value==0?'0':abs(datum.value)>=1000?format(datum.value/1000,'~r')+' µs':format(datum.value,'~r')+' ns'"
)


def _marks(levels: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return the layers that name where each level is full."""
    if not levels:
        return []
    tips = looks.tips(text="full at, in pages", reach="which reach")
    base = alt.Chart(looks.data(levels)).encode(x="pages:Q", tooltip=tips)
    label = base.mark_text(
        align="right", dx=-5, baseline="top", color=INK, text=alt.ExprRef("width < 420 ? datum.short : datum.text")
    )
    return [
        base.mark_rule(strokeDash=[3, 3], color=MUTED),
        label.encode(y=alt.Y("place:Q", scale=None, axis=None)),
    ]


def _entries(profile: MachineProfile) -> str:
    """Say what each level holds, measured beside claimed."""
    parts = []
    for curve, ending in ENDINGS.items():
        for stem, level in LEVELS.items():
            quantity = profile.quantities.get(stem + ending)
            claimed: float | None = _claim(profile.host.tlbs, int(level[1:]), _page_bytes(profile, curve))
            if quantity is not None and quantity.nominal is not None:
                claimed = quantity.nominal
            measured = quantity.measured if quantity is not None and looks.is_drawable(quantity.value) else ""
            if measured or claimed is not None:
                claim = "" if claimed is None else f", claimed {significant(claimed, 9)}"
                held = f"{measured}{_reach(quantity, _page_bytes(profile, curve))}" if measured else "not measured"
                parts.append(f"{level}, {CURVES[curve]}: {held}{claim}")
    return f"What each level holds: {'; '.join(parts)}." if parts else ""


def _reach(quantity: Quantity | None, page: int | None) -> str:
    """Say how many bytes the entries reach."""
    return f", which reach {format_bytes(quantity.value * page)}" if quantity and quantity.value and page else ""


def _claim(claims: Sequence[TlbClaim], level: int, page: int | None) -> int | None:
    """Return the entries that the host claims for data at that level and page size."""
    return next(
        (one.entries for one in claims if (one.level, one.page_bytes) == (level, page) and one.kind != "instruction"),
        None,
    )


def _alternative(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    """Say what translation adds at the fewest and the most pages of each curve."""
    parts = []
    for name in names:
        mine = sorted((row for row in rows if row["series"] == name), key=lambda row: float(row["pages"]))
        ends = [f"{row['time']} at {row['count']} pages{_in_brackets(row['bytes'])}" for row in (mine[0], mine[-1])]
        parts.append(f"{name}: finding its page adds {ends[0]} to a load, and {ends[1]}.")
    return told(parts)


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""


def _table(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Table:
    """Return a number of pages a row; each curve has what they reach and the extra time (two of them: measured twice)."""
    cells: dict[tuple[str, float], list[Mapping[str, Any]]] = {}
    for row in rows:
        cells.setdefault((row["series"], row["pages"]), []).append(row)
    body = []
    for pages in sorted({row["pages"] for row in rows}):
        line = [f"{pages:.0f}"]
        for name in names:
            points = cells.get((name, pages), [])
            line += [points[0]["bytes"] if points else "", "; ".join(point["time"] for point in points)]
        body.append(line)
    heads = [f"{name}: {what}" for name in names for what in ("reach", "extra time")]
    return Table(headers=("pages", *heads), rows=body, right=frozenset(range(len(heads) + 1)))
