"""How both sides grow with n: every run and every count on logarithmic axes, with the law that the explanation found.

On logarithmic axes a power of n is a straight line whose slope is the exponent, and what does not grow (starting up) bends it
flat at small n. The law in the record is that of a + b·f(n), a constant and a part that grows; the dashed curve is the one of
these that is nearest to the points, in relative least squares, as the explanation fits it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import altair as alt
import numpy as np

from hwbench.explain.growth import Points, constant_and_slope, law_value
from hwbench.explain.work import counted_points, timed_points
from hwbench.records import Explanation, Growth, Side
from hwbench.show import words
from hwbench.show.report import looks
from hwbench.show.report.believable import believable
from hwbench.show.report.picture import Drawn, Missing, Picture, Table
from hwbench.show.report.rows import thinned

TITLE: Final = "Growth with n"
TIME, COUNT = "time of a run", "instructions, counted"
LABELS: Final = {TIME: looks.SECOND_LABELS, COUNT: looks.COUNT_LABELS}
POWERS: Final = ("n", "n^2", "n^3", "unknown")
MOST_RUNS: Final = 60  # points of a size
STEPS: Final = 40  # points of a curve
MOST_TICKS: Final = 6
HEIGHT: Final = 280
SCALE: Final = alt.Scale(type="log", nice=False, padding=10)
CAPTION: Final = (
    "Both axes are logarithmic: a straight line is a power of n, and its slope is the exponent. Dashed is the law in the legend, with a"
    " constant for starting up, laid through the points."
)
RUNS: Final = " Small marks are single runs, large ones their medians; both with the time of starting up."
ELSEWHERE: Final = " The law was fitted to {of}; where it leaves the points of the other panel, the price of a unit of work changes with n."


def growth(explanation: Explanation) -> Drawn:
    """Draw the times, and the counted instructions, of both sides by n with the laws that were fitted."""
    explanation = believable(explanation)
    sides = {"A": explanation.a, "B": explanation.b}
    laws = {name: explanation.growth.get(name.lower(), Growth(law="unknown")) for name in sides}
    names = {name: f"{name}: {law_words(law)}" for name, law in laws.items()}
    rows = [row | {"series": names[name]} for name, side in sides.items() for row in _rows(side, laws[name])]
    if not rows:
        return Missing(TITLE, _why(explanation))
    used = list(dict.fromkeys(row["quantity"] for row in rows))
    of = {law.of for law in laws.values()} - {"nothing"}
    return Picture(
        name="growth",
        title=TITLE,
        spec=_spec(rows, used, list(dict.fromkeys(row["series"] for row in rows))),
        alternative=_alternative(rows, laws),
        caption=CAPTION
        + (RUNS if TIME in used else "")
        + (ELSEWHERE.format(of=of.pop()) if len(used) == 2 and len(of) == 1 else ""),
        table=_table(rows),
    )


def _why(explanation: Explanation) -> str:
    sizes = [sized.n for side in (explanation.a, explanation.b) for sized in side.sizes]
    if all(n is None for n in sizes):
        return "the commands took no size: give them {n} and --sizes"
    return "it was run, or counted, at one size alone, and growth needs two: give --sizes"


def law_words(growth: Growth) -> str:
    """Return a law as it is named beside its curve: n^1.98 (1.90–2.05)."""
    if growth.law == "1":
        return "does not grow"
    if growth.exponent is None:
        return "growth unknown" if growth.law == "unknown" else growth.law
    bounds = [f"{bound:.2f}" for bound in (growth.low, growth.high) if bound is not None]
    between = f"{bounds[0]}–{bounds[1]}" if len(set(bounds)) == 2 else ""
    power = f"n^{growth.exponent:.2f}"
    if growth.law in POWERS:
        return power + (f" ({between})" if between else "") + (", no law we know" if growth.law == "unknown" else "")
    return f"{growth.law} ({power}{', ' if between else ''}{between})"


# ── points and curves ─────────────────────────────────────────────────────────────────────────────────────────────────


def _rows(side: Side, law: Growth) -> Iterator[dict[str, Any]]:
    """Return what is drawn of a side: runs, medians and the curve of its law, for each quantity seen at two sizes or more."""
    for quantity, points in ((TIME, _drawable(timed_points(side))), (COUNT, _drawable(counted_points(side)))):
        if len(set(points.sizes)) < 2:
            continue
        if quantity == TIME:
            yield from _runs(side)
        for n, amount in zip(points.sizes, points.amounts, strict=True):
            yield _row(quantity, "median" if quantity == TIME else "count", n, amount)
        for n, amount in curve(points, law):
            yield {"quantity": quantity, "part": "law", "n": n, "amount": amount}


def _drawable(points: Points) -> Points:
    known = [pair for pair in zip(points.sizes, points.amounts, strict=True) if looks.is_drawable(*pair)]
    return Points(tuple(n for n, _ in known), tuple(amount for _, amount in known), points.doubt)


def _runs(side: Side) -> Iterator[dict[str, Any]]:
    for sized in side.sizes:
        if sized.n is not None and looks.is_drawable(sized.n):
            for seconds in thinned([run.spent for run in sized.runs], MOST_RUNS):
                yield _row(TIME, "run", sized.n, seconds)


def _row(quantity: str, part: str, n: float, amount: float) -> dict[str, Any]:
    text = words.seconds(amount) if quantity == TIME else words.count(amount)
    return {"quantity": quantity, "part": part, "n": n, "amount": amount, "size": words.size(n), "value": text}


def curve(points: Points, law: Growth) -> list[tuple[float, float]]:
    """Return the points of a + b·f(n) nearest to the amounts; none where the law is unknown or beyond what floats can hold."""
    first, last = points.sizes[0], points.sizes[-1]
    if (law.law == "unknown" and law.exponent is None) or first >= last:
        return []
    sizes = [first * (last / first) ** (step / STEPS) for step in range(STEPS + 1)]
    try:
        values = [_value(law, n, first) for n in points.sizes]
        along = [_value(law, n, first) for n in sizes]
        constant, slope = constant_and_slope(np.array(values), np.array(points.amounts))
    except (OverflowError, np.linalg.LinAlgError):
        return []
    fitted = [(n, constant + slope * value) for n, value in zip(sizes, along, strict=True)]
    return [(n, amount) for n, amount in fitted if looks.is_drawable(amount)]


def _value(law: Growth, n: float, first: float) -> float:
    """Return f(n): n to the fitted exponent, relative to the first size, for a power; else the law's own."""
    if law.law in POWERS and law.exponent is not None:
        return float((n / first) ** law.exponent)
    return law_value(law.law, law.exponent, n)


# ── the drawing ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _spec(rows: Sequence[dict[str, Any]], used: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    digits = {quantity: _digits([row["amount"] for row in rows if row["quantity"] == quantity]) for quantity in used}
    if len(used) == 1:
        (only,) = used
        layers = _layers(
            rows, names, alt.Y("amount:Q", title=only, scale=SCALE, axis=_axis(LABELS[only], digits[only]))
        )
        return looks.finished(alt.layer(*layers, data=looks.data(rows)), HEIGHT)
    labels, shown = (
        f"parent.quantity == '{TIME}' ? ({by[TIME]}) : ({by[COUNT]})" for by in (LABELS, digits)
    )  # `parent` is the panel
    layers = _layers(rows, names, alt.Y("amount:Q", title=None, scale=SCALE, axis=_axis(labels, shown)))
    layered = alt.layer(*layers, data=looks.data(rows)).properties(width=300, height=HEIGHT)
    facet = alt.Facet(
        "quantity:N", title=None, sort=list(used), header=alt.Header(labelFontSize=13, labelAnchor="start")
    )
    return looks.panels(
        layered.facet(facet=facet, columns=2).resolve_scale(y="independent").resolve_axis(x="independent")
    )


def _digits(amounts: Sequence[float]) -> str:
    """Return the first digits at which an axis over these amounts has its ticks, as an expression: fewer the longer it is."""
    decades = math.log10(max(amounts) / min(amounts))
    return "[1,2,3,4,5,6,7,8,9]" if decades < 0.6 else "[1,2,5]" if decades < 3 else "[1]"


def _axis(labels: str, digits: str) -> alt.Axis:
    """Return the axis of amounts, whose ticks Vega places and of which those with such a first digit are shown."""
    digit = "round(1000 * datum.value / pow(10, floor(log(datum.value) / LN10 + 1e-6))) / 1000"
    shown = f"indexof({digits}, {digit}) >= 0"
    only: dict[str, Any] = {"value": 0, "condition": {"test": shown, "value": 1}}
    return alt.Axis(labelExpr=f"{shown} ? ({labels}) : ''", gridOpacity=only, tickOpacity=only, tickCount=8)


def _layers(rows: Sequence[dict[str, Any]], names: Sequence[str], y: alt.Y) -> list[Any]:
    """Return the layers: runs, their medians joined by a line, the dashed laws."""
    sizes = [row["n"] for row in rows]
    run_at = sorted({row["n"] for row in rows if "value" in row})
    ticks = run_at if len(run_at) <= MOST_TICKS else looks.decades(run_at)
    x_axis = alt.Axis(values=ticks, labelExpr=looks.COUNT_LABELS)
    base = alt.Chart().encode(
        x=alt.X("n:Q", title="n", scale=looks.log_scale(sizes, room=1.1), axis=x_axis),
        y=y,
        color=alt.Color("series:N", scale=looks.series(names), legend=looks.legend()),
    )
    shape = alt.Shape("series:N", scale=looks.series(names, "shape"), legend=looks.legend())
    told = looks.tips(series="side and law", part="what", size="n", value="value")
    middle = base.transform_filter("datum.part == 'median' || datum.part == 'count'")
    return [
        middle.mark_line(strokeWidth=4, opacity=0.25),
        base.transform_filter("datum.part == 'law'").mark_line(strokeDash=[6, 4], strokeWidth=1.5),
        base.transform_filter("datum.part == 'run'")
        .mark_point(size=14, opacity=0.45)
        .encode(shape=shape, tooltip=told),
        middle.mark_point(size=75, opacity=1).encode(shape=shape, tooltip=told),
    ]


# ── in words ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _alternative(rows: Sequence[dict[str, Any]], laws: dict[str, Growth]) -> str:
    """Say from what to what each side's time (or count) rises over the sizes, and after which law."""
    told = []
    for name, law in laws.items():
        for quantity in (TIME, COUNT):
            mine = [
                row for row in rows if row["series"].startswith(name) and row["quantity"] == quantity and "value" in row
            ]
            mine = [row for row in mine if row["part"] != "run"]
            if mine:
                what = "" if quantity == TIME else " instructions"
                told.append(
                    f"{name}: {mine[0]['value']}{what} at n = {mine[0]['size']}, {mine[-1]['value']}{what} at n = {mine[-1]['size']}."
                )
        by = "" if law.of == "nothing" else f", by {law.of}"
        told.append(f"{name} {law_words(law)}{by}.")
    return " ".join(told)


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    """Return a size a row, with the median time and the count of each side."""
    columns = list(dict.fromkeys((row["series"][0], row["quantity"]) for row in rows))
    cells = {
        (row["series"][0], row["quantity"], row["n"]): row["value"]
        for row in rows
        if row["part"] in ("median", "count")
    }
    sizes = sorted({n for *_, n in cells})
    body = [(words.size(n), *(cells.get((*column, n), "") for column in columns)) for n in sizes]
    headers = ("n", *(f"{quantity} of {side}" for side, quantity in columns))
    return Table(headers=headers, rows=body, right=frozenset(range(len(headers))))
