"""The price list on one ruler: what each event costs, from a third of a nanosecond to ten milliseconds.

After "numbers everyone should know" (J. Dean, "Building software systems at Google and lessons learned", Stanford 2010), but
measured on the machine at hand, each with its interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt

from hwbench.records import Quantity
from hwbench.show.report import looks
from hwbench.show.report.looks import INK, MUTED
from hwbench.show.report.machines import Machine, told
from hwbench.show.report.picture import Drawn, Missing, Picture, Table
from hwbench.units import format_time, significant

TITLE: Final = "What things cost: the price list"
LEAST: Final = 0.2  # ns: the ruler shows at least this span, so that two reports can be held against each other
MOST: Final = 1e7
ROW: Final = 20  # pixels
MARK: Final = 9  # pixels that one of several machines takes of a row
# The prices that a programmer meets, under what they are about: quantity → title, short enough for a telephone.
SUBJECTS: Final[Mapping[str, Mapping[str, str]]] = {
    "arithmetic": {
        "add.latency.i64": "integer addition",
        "multiply.latency.f64": "float multiplication",
        "divide.latency.i64": "integer division",
        "divide.latency.f64": "float division",
    },
    "memory": {
        "l1d.latency": "load from L1",
        "l2.latency": "load from L2",
        "l3.latency": "load from L3",
        "dram.latency": "load from memory",
        "dram.latency_random": "load, TLB missed too",
        "page_walk.cost": "page walk",
        "store_forward.failed": "store forward failed",
    },
    "branches and calls": {
        "call.direct": "call in C",
        "branch.mispredict_cost": "mispredicted branch",
        "indirect.mispredict_cost": "mispredicted jump",
    },
    "between cores": {
        "atomic.uncontended": "atomic addition",
        "atomic.contended": "atomic, contended",
        "false_sharing.penalty": "false sharing",
        "core_to_core.latency": "line to another core",
    },
    "system": {
        "malloc.cost": "malloc and free",
        "clock_read.cost": "reading the clock",
        "syscall.cost": "system call",
        "file_read.cost": "cached file read",
        "page_fault.cost": "page fault",
        "page_fault.huge_cost": "huge page fault",
        "context_switch.cost": "context switch",
        "fsync.cost": "fsync",
    },
    "Python": {
        "python.integer": "Python: a + b",
        "python.call": "Python: call",
        "python.cffi_call": "Python: C by cffi",
        "python.numba_call": "Python: numba call",
    },
}
# Where it is narrow only each third decade has its label: 1 ns, 1 µs, 1 ms.
LABELS: Final = f"width < 300 && round(log(datum.value) / LN10) % 3 != 0 ? '' : {looks.TIME_LABELS}"
CAPTION: Final = (
    "A row is one event, the cheapest on top; each grey line is ten times the one to its left. The bar through a mark is its"
    " interval where it is wider than the mark."
)


def ruler(machines: Sequence[Machine]) -> Drawn:
    """Draw the prices in ns on one logarithmic ruler, a row a price: by subject, or a mark a machine where there are several.

    Rows are sorted by the price on the first machine that has it. What costs nothing that can be measured (zero, negative)
    has no place on the ruler: it is named in the caption.
    """
    rows = [row for machine in machines for row in _rows(machine)]
    if not rows:
        return Missing(
            TITLE, "the record has no price in ns that is above zero: measure it with `hwbench characterize`"
        )
    order = _order(rows)
    several = len(machines) > 1
    names = [machine.name for machine in machines] if several else [name for name in SUBJECTS if _has(rows, name)]
    for row in rows:
        row["series"] = row["machine"] if several else row["subject"]
    step = max(ROW, 4 + MARK * len(machines)) if several else ROW
    return Picture(
        name="ruler",
        title=TITLE,
        spec=looks.finished(alt.layer(*_layers(rows, order, names, several=several)), step * len(order)),
        alternative=_alternative(machines, rows),
        caption=" ".join(part for part in (CAPTION, _left_out(machines)) if part),
        table=_table(rows, order, [machine.name for machine in machines]),
    )


def _rows(machine: Machine) -> list[dict[str, Any]]:
    """Return the prices that can stand on the ruler."""
    return [
        {"machine": machine.name, "subject": subject, "quantity": name, "event": title, **_price(quantity)}
        for subject, titles in SUBJECTS.items()
        for name, title in titles.items()
        if (quantity := machine.profile.quantities.get(name))
        and quantity.unit == "ns"
        and looks.is_drawable(quantity.value)
    ]


def _price(quantity: Quantity) -> dict[str, Any]:
    """Return a price as the picture needs it; a bound that is not there, or not above zero, is drawn at the value."""
    value = quantity.value or 0.0
    low, high = (
        bound if looks.is_drawable(bound) and bound is not None else value for bound in (quantity.low, quantity.high)
    )
    return {
        "ns": value,
        "low": min(low, value),
        "high": max(high, value),
        "price": format_time(value),
        "interval": quantity.measured,
        "cycles": quantity.measured_cycles,
        "caution": quantity.caution or "",
    }


def _order(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the events, the cheapest first."""
    prices: dict[str, float] = {}
    for row in rows:
        prices.setdefault(row["event"], row["ns"])
    return sorted(prices, key=lambda event: prices[event])


def _has(rows: Sequence[Mapping[str, Any]], subject: str) -> bool:
    return any(row["subject"] == subject for row in rows)


def _layers(
    rows: Sequence[Mapping[str, Any]], order: Sequence[str], names: Sequence[str], *, several: bool
) -> list[Any]:
    """Return the intervals, the marks, and of one machine the price beside each mark."""
    values = [LEAST, MOST, *(row[key] for row in rows for key in ("low", "high"))]
    guides = alt.Axis(
        grid=True,
        gridColor=MUTED,
        gridOpacity=0.5,
        gridDash=[1, 4],
        ticks=False,
        domain=False,
        labelColor=INK,
        labelOverlap=False,
        labelPadding=8,
    )
    base = alt.Chart(looks.data(rows)).encode(
        y=alt.Y("event:N", title=None, sort=list(order), axis=guides),
        color=alt.Color("series:N", scale=looks.series(names), legend=looks.legend()),
    )
    if several:
        base = base.encode(yOffset=alt.YOffset("series:N", sort=list(names)))
    tips = looks.tips(
        event="event",
        subject="subject",
        machine="machine",
        interval="price",
        cycles="in core cycles",
        quantity="quantity",
        caution="caution",
    )
    shape = alt.Shape("series:N", scale=looks.series(names, "shape"), legend=looks.legend())
    layers = [
        base.mark_rule(strokeWidth=3, opacity=0.55).encode(x=_x("low", values), x2="high:Q"),
        base.mark_point(opacity=1, size=65).encode(x=_x("ns", values), shape=shape, tooltip=tips),
    ]
    return layers if several else [*layers, *_labels(rows, order, values)]


def _x(field: str, values: Sequence[float]) -> alt.X:
    return alt.X(
        f"{field}:Q",
        title="time (logarithmic)",
        scale=looks.log_scale(values, room=1.1),
        axis=alt.Axis(values=looks.decades(values), labelExpr=LABELS, orient="top"),
    )


def _labels(rows: Sequence[Mapping[str, Any]], order: Sequence[str], values: Sequence[float]) -> list[Any]:
    """Return the prices in words, right of the marks, or left of those near the right end."""
    middle = (max(values) / 1000) if max(values) > 0 else 1.0
    y = alt.Y("event:N", sort=list(order))
    layers = []
    if near := [row for row in rows if row["high"] <= middle]:
        text = alt.Chart(looks.data(near)).mark_text(align="left", dx=9, color=MUTED)
        layers.append(text.encode(x="high:Q", y=y, text="price:N"))
    if far := [row for row in rows if row["high"] > middle]:
        text = alt.Chart(looks.data(far)).mark_text(align="right", dx=-9, color=MUTED)
        layers.append(text.encode(x="low:Q", y=y, text="price:N"))
    return layers


def _alternative(machines: Sequence[Machine], rows: Sequence[Mapping[str, Any]]) -> str:
    """Say how far the prices reach and what some well-known ones are, for each machine."""
    parts = []
    for machine in machines:
        mine = sorted((row for row in rows if row["machine"] == machine.name), key=lambda row: row["ns"])
        if not mine:
            parts.append(f"{machine.name}: no price.")
            continue
        first, last = mine[0], mine[-1]
        factor = significant(last["ns"] / first["ns"])
        span = f"{len(mine)} prices from {first['price']} ({first['event']}) to {last['price']} ({last['event']}),"
        parts.append(f"{machine.name}: {span} {factor} times as much.")
    return told(parts)


def _left_out(machines: Sequence[Machine]) -> str:
    """Name the prices that were measured and are not above zero, or too large for any axis."""
    titles = {name: title for events in SUBJECTS.values() for name, title in events.items()}
    lost = [
        f"{title}{f' on {machine.name}' if len(machines) > 1 else ''}"
        for machine in machines
        for name, title in titles.items()
        if (quantity := machine.profile.quantities.get(name))
        and quantity.value is not None
        and not looks.is_drawable(quantity.value)
    ]
    return f"Not on a logarithmic ruler, as nothing above zero was found: {', '.join(lost)}." if lost else ""


def _table(rows: Sequence[Mapping[str, Any]], order: Sequence[str], labels: Sequence[str]) -> Table:
    """Return an event a row: what it costs on each machine, in time and in core cycles."""
    cells = {(row["event"], row["machine"]): row for row in rows}
    known = {row["event"]: row for row in rows}
    several = len(labels) > 1
    body: list[Sequence[str]] = []
    marked: set[int] = set()
    for event in order:
        prices: list[str] = []
        for label in labels:
            row = cells.get((event, label), {})
            prices += [row.get("interval", ""), row.get("cycles", "")]
            if row.get("caution"):
                marked.add(len(body))
        body.append((event, known[event]["subject"], *prices, known[event]["quantity"]))
    heads = [f"{label}: {what}" if several else what for label in labels for what in ("price", "in core cycles")]
    return Table(
        headers=("event", "subject", *heads, "quantity"),
        rows=body,
        right=frozenset(range(2, 2 + len(heads))),
        marked=frozenset(marked),
        mark="Marked rows were measured with caution; hovering over the mark, or the list of quantities, says why.",
    )
