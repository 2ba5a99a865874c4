"""The section of machines beside each other: what differs by more than the intervals, largest first, and every quantity."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import altair as alt

from hwbench.records import Against, ComparedQuantity, MachineComparison, Ratio
from hwbench.show import comparison as text
from hwbench.show.machine import by_subject
from hwbench.show.report import looks, rows
from hwbench.show.report.looks import INK, MUTED, SURFACE
from hwbench.show.report.picture import Drawn, Missing, Picture, Section, Table
from hwbench.show.words import listed, one_line, shortened

TITLE: Final = "What differs, largest first"
MOST: Final = 40
NAMED: Final = 4  # machines in a sentence
LABEL: Final = 30  # signs of a machine's name
APART, OVERLAP, UNKNOWN = "intervals apart ≠", "intervals overlap", "cannot be said"
VERDICTS: Final = (APART, OVERLAP, UNKNOWN)
CAPTION: Final = (
    "Each point is a quantity's ratio to the first machine's, on a logarithmic axis; the line through it is as wide as both"
    " intervals allow. Filled: the intervals do not overlap; hollow: they do, so the difference may be none."
)
FASTER: Final = " Whether more is better depends on the quantity: of a time less, of a rate more; the table says which."
AXIS: Final = "ratio to the first machine (×)"
# By the window, not by the plot: the plot grows when the axis gives its room up, and would be wide again.
NARROW: Final = "(windowSize()[0] || 1000) + 0 * width < 700"
NAMES: Final = alt.Axis(
    labelExpr=f"{NARROW} ? '' : slice(datum.label, {rows.PREFIX})",
    labelLimit=260,
    labelOverlap=False,
    ticks=False,
    domain=False,
    grid=False,
)
FEW: Final = 6
ROOM: Final = 1.05
ROW: Final = 24
LANE: Final = 12
MARK: Final = "marked: the intervals do not overlap"
CAUTIOUS: Final = "; (!) measured with caution"


def section(comparison: MachineComparison) -> Section:
    """Return the section of a comparison: what differs as a picture, and every quantity, fact and doubt as tables."""
    return Section(
        kind="comparison",
        title=_title(comparison),
        lead=_lead(comparison),
        facts=_facts(comparison),
        drawn=(differences(comparison),),
        findings=comparison.notes,
        tables=[table for table in _tables(comparison) if table.rows],
    )


def _tables(comparison: MachineComparison) -> tuple[Table, ...]:
    return _hosts(comparison), every_quantity(comparison), _not_compared(comparison)


def _labels(comparison: MachineComparison) -> list[str]:
    """Return the machines' names, short; where that makes two alike, with their letters."""
    labels = [shortened(one_line(machine.label), LABEL) for machine in comparison.machines]
    return labels if len(set(labels)) == len(labels) else _lettered(labels)


def _lettered(labels: Sequence[str]) -> list[str]:
    return [f"{text.letter(number)}: {label}" for number, label in enumerate(labels)]


def _title(comparison: MachineComparison) -> str:
    labels = _labels(comparison)
    more = [f"{len(labels) - NAMED} more"] if len(labels) > NAMED else []
    return f"Compared: {listed(labels[:NAMED] + more)}"


def _lead(comparison: MachineComparison) -> str:
    """Say how many quantities differ, of each later machine, and which the most."""
    every = list(_rows(comparison))
    counts = text.summary(comparison)
    if len(counts) == 1:
        return f"{counts[0]}{_furthest(every, 0)}"
    told = [f"{counted}{_furthest(every, place)}" for place, counted in enumerate(counts[:NAMED])]
    return " ".join(told + ([f"{len(counts) - NAMED} more are in the table."] if len(counts) > NAMED else []))


def _furthest(every: Sequence[Mapping[str, Any]], place: int) -> str:
    apart = [row for row in every if row["place"] == place and row["verdict"] == APART]
    most = max(apart, key=lambda row: float(row["distance"]), default=None)
    return f" Furthest apart: {most['quantity']}, {most['told']}." if most else ""


def _facts(comparison: MachineComparison) -> dict[str, str]:
    """Return of each machine its processor, when it was measured and with what effort."""
    return {
        label: ", ".join(
            part for part in (one_line(one.cpu), one.taken[:16].replace("T", " "), f"{one.effort} effort") if part
        )
        for label, one in zip(_lettered(_names_of(comparison)), comparison.machines, strict=True)
    }


def _names_of(comparison: MachineComparison) -> list[str]:
    """Return the machines' names without the moment or id that tells them apart: their letters do."""
    return [
        shortened(one_line(one.host if one.label.startswith(f"{one.host} ") else one.label), LABEL)
        for one in comparison.machines
    ]


# ── the picture ───────────────────────────────────────────────────────────────────────────────────────────────────────


def differences(comparison: MachineComparison) -> Drawn:
    """Draw the ratios to the first machine with their intervals, the largest differences first, at most 40 quantities."""
    every = list(_rows(comparison))
    if not every:
        return Missing(TITLE, "no quantity has a positive value on two machines, so there is no ratio to draw")
    names = _largest(every)
    shown = [row for name in names for row in every if row["quantity"] == name]
    placed = rows.rows({"": names})
    for row in shown:
        row["row"] = placed.key("", row["quantity"])
    later = _labels(comparison)[1:]
    step = max(ROW, LANE * len(later) + 14)
    return Picture(
        name="differences",
        title=TITLE,
        spec=looks.finished(alt.layer(*_layers(shown, placed, later)), placed.height(step)),
        alternative=_alternative(comparison, every, names),
        caption=CAPTION + FASTER,
        table=_table(shown, several=len(later) > 1),
    )


def _rows(comparison: MachineComparison) -> Iterator[dict[str, Any]]:
    """Yield the ratios that can be drawn, a row for each quantity and later machine."""
    labels = _labels(comparison)
    for name, quantity in comparison.quantities.items():
        for place, against in enumerate(quantity.against):
            if against.ratio is not None and looks.is_drawable(against.ratio.value):
                low, high = _bounds(against.ratio)
                yield {
                    "quantity": one_line(name),
                    "machine": labels[place + 1],
                    "place": place,
                    "ratio": against.ratio.value,
                    "low": low,
                    "high": high,
                    "verdict": _verdict(against),
                    "distance": abs(math.log(against.ratio.value)),
                    "told": f"{text.ratio_text(against.ratio)} {text.direction(quantity, against)}".strip(),
                    "here": quantity.values[0].measured,
                    "there": quantity.values[place + 1].measured,
                }


def _bounds(ratio: Ratio) -> tuple[float | None, float | None]:
    """Return the ends of a ratio's interval, None for one that is open; the value itself where there is no interval to draw."""
    low, high = rows.bounds(ratio.value, ratio.low, ratio.high)
    if ratio.low is None and ratio.high is not None:
        return None, high
    return low, None if ratio.high is None and ratio.low is not None else high


def _verdict(against: Against) -> str:
    return UNKNOWN if against.differs is None else APART if against.differs else OVERLAP


def _largest(every: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the quantities to draw: those with intervals apart first, each by its largest ratio."""
    ranks: dict[str, tuple[bool, float]] = {}
    for row in every:
        rank = (row["verdict"] == APART, row["distance"])
        ranks[row["quantity"]] = max(ranks.get(row["quantity"], rank), rank)
    return sorted(ranks, key=lambda name: ranks[name], reverse=True)[:MOST]


def _layers(shown: list[dict[str, Any]], placed: rows.Rows, later: Sequence[str]) -> list[Any]:
    """Return the layers: the line of equality, the intervals, the points; and the names above them where it is narrow."""
    ends = [row[key] for row in shown for key in ("low", "ratio", "high") if row[key] is not None] + [1.0]
    scale = looks.log_scale(ends, room=ROOM)
    axis = alt.Axis(values=looks.decades(ends), labelExpr=looks.FACTOR_LABELS)
    edges = {"low": min(ends) / ROOM, "high": max(ends) * ROOM}
    shown = [row | {key: edge for key, edge in edges.items() if row[key] is None} for row in shown]
    x = {name: alt.X(f"{name}:Q", title=AXIS, scale=scale, axis=axis) for name in ("ratio", "low")}
    base = alt.Chart(looks.data(shown)).encode(
        y=alt.Y("row:N", title=None, axis=NAMES, scale=placed.scale()),
        color=alt.Color("machine:N", scale=looks.series(later), legend=_legend(later)),
    )
    if len(later) > 1:
        lanes = ["", *later]  # the first is for the name, where it stands above the points
        base = base.encode(yOffset=alt.YOffset("machine:N", sort=lanes, scale=alt.Scale(domain=lanes)))
    return [
        alt.Chart(looks.data([{"ratio": 1.0}])).mark_rule(strokeDash=[4, 4], color=MUTED).encode(x=x["ratio"]),
        base.mark_rule(strokeWidth=2, opacity=0.6).encode(x=x["low"], x2="high:Q"),
        _points(base, shown, later).encode(x=x["ratio"]),
        _names(shown, placed, has_lane=len(later) > 1),
    ]


def _points(base: alt.Chart, shown: Sequence[Mapping[str, Any]], later: Sequence[str]) -> Any:
    """Return the layer of points: filled where the intervals do not overlap."""
    verdicts = [verdict for verdict in VERDICTS if any(row["verdict"] == verdict for row in shown)]
    apart = looks.SERIES[0] if len(later) == 1 else INK  # of several machines, the outline has their colours
    filled = alt.Scale(domain=verdicts, range=[apart if verdict == APART else SURFACE for verdict in verdicts])
    verdicts_legend = looks.legend(orient="bottom", symbolStrokeColor=MUTED, symbolType="circle")
    told = looks.tips(
        quantity="quantity", machine="machine", here="the first", there="this one", told="ratio", verdict="verdict"
    )
    return base.mark_point(filled=False, size=64, strokeWidth=2, opacity=1).encode(
        shape=alt.Shape("machine:N", scale=looks.series(later, "shape"), legend=_legend(later)),
        fill=alt.Fill("verdict:N", scale=filled, legend=verdicts_legend),
        tooltip=told,
    )


def _names(shown: Sequence[Mapping[str, Any]], placed: rows.Rows, *, has_lane: bool) -> Any:
    """Return the layer of the names where the axis has no room for them: above their points."""
    named = {row["row"]: row["quantity"] for row in shown}
    data = looks.data({"row": row, "name": name} for row, name in named.items())
    return (
        alt.Chart(data)
        .mark_text(
            align="left",
            baseline="top" if has_lane else "bottom",
            dx=3,
            dy=1,
            fontSize=10,
            limit=alt.ExprRef("width - 6"),
        )
        .encode(
            x=alt.value(0),
            y=alt.Y("row:N", title=None, axis=NAMES, scale=placed.scale(), bandPosition=0),
            text=alt.Text("name:N"),
            opacity=alt.value(alt.ExprRef(f"{NARROW} ? 1 : 0")),
        )
    )


def _legend(later: Sequence[str]) -> alt.Legend | None:
    return looks.legend(symbolFillColor="transparent") if len(later) > 1 else None


def _alternative(comparison: MachineComparison, every: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    """Say how many differ and name the three that differ most."""
    apart = sorted((row for row in every if row["verdict"] == APART), key=lambda row: -row["distance"])
    several = len(comparison.machines) > 2
    most = [f"{row['quantity']} {row['told']}" + (f" ({row['machine']})" if several else "") for row in apart[:3]]
    counted = f"Ratios of {len(names)} quantities to {_labels(comparison)[0]}"
    left = len({row["quantity"] for row in every}) - len(names)
    rest = f"; {left} more are in the table" if left else ""
    return f"{counted}{rest}. " + (
        f"Furthest apart: {listed(most)}." if most else "No interval lies apart from another."
    )


def _table(shown: Sequence[Mapping[str, Any]], *, several: bool) -> Table:
    """Return what is drawn, in its order."""
    body = [
        (
            row["quantity"],
            *([row["machine"]] if several else []),
            row["here"],
            row["there"],
            row["told"],
            row["verdict"],
        )
        for row in shown
    ]
    headers = ("quantity", *(["machine"] if several else []), "the first", "this one", "ratio", "intervals")
    right = frozenset(range(len(headers) - 4, len(headers) - 1))
    return Table(headers, body, right=right, marked=_marked(row["verdict"] == APART for row in shown), mark=MARK)


def _marked(which: Iterable[bool]) -> frozenset[int]:
    return frozenset(number for number, is_marked in enumerate(which) if is_marked)


# ── the tables ────────────────────────────────────────────────────────────────────────────────────────────────────────


def every_quantity(comparison: MachineComparison) -> Table:
    """Return every quantity by subject: each machine's value, the ratios to the first; those that differ are marked."""
    count = len(comparison.machines)
    names = _by_subject(comparison)
    quantities = [comparison.quantities[name] for name in names]
    body = [
        (
            one_line(name),
            *(_value(quantity, number) for number in range(count)),
            *(_ratio(quantity, against) for against in quantity.against),
        )
        for name, quantity in zip(names, quantities, strict=True)
    ]
    ratios = [f"{text.letter(number)} / A" for number in range(1, count)]
    return Table(
        headers=("quantity", *_lettered(_names_of(comparison)), *ratios),
        rows=body,
        title="Every quantity",
        right=frozenset(range(1, 2 * count)),
        marked=_marked(bool(quantity.differs) for quantity in quantities),
        mark=MARK + CAUTIOUS,
    )


def _ratio(quantity: ComparedQuantity, against: Against) -> str:
    """Return a ratio, beneath it its interval."""
    return _stacked(text.ratio_cell(quantity, against, interval=False), text.between(against.ratio))


def _stacked(value: str, interval: str) -> str:
    """Return a value that is not broken, and its interval beneath it."""
    return "\n".join(part for part in (value.strip().replace(" ", "\N{NO-BREAK SPACE}"), interval) if part)


def _by_subject(comparison: MachineComparison) -> list[str]:
    """Return the names by what they are about; last those that no machine has."""
    known = {
        name: next(value for value in quantity.values if value.is_available)
        for name, quantity in comparison.quantities.items()
        if any(value.is_available for value in quantity.values)
    }
    named = [name for members in by_subject(known).values() for name, _ in members]
    return named + [name for name in comparison.quantities if name not in known]


def _value(quantity: ComparedQuantity, number: int) -> str:
    """Return a machine's value, beneath it its interval; the sign of a caution beside it."""
    value = quantity.values[number]
    if not value.is_available:
        return "–"
    told, _, interval = value.measured.partition(" (")
    return _stacked(told + (text.CAUTION if value.caution else ""), f"({interval}" if interval else "")


def _not_compared(comparison: MachineComparison) -> Table:
    """Return which quantities cannot be compared, and why."""
    body = [(listed([one_line(name) for name in names]), why) for why, names in text.reasons(comparison).items()]
    return Table(("quantities", "machine: reason"), body, title="Not compared", folded=len(body) > FEW)


def _hosts(comparison: MachineComparison) -> Table:
    """Return what the hosts say of themselves where they do not all say the same."""
    body = [(name, *texts) for name, texts in comparison.facts.items()]
    return Table(
        ("fact", *_lettered(_names_of(comparison))), body, title="What the hosts say of themselves, where it differs"
    )
