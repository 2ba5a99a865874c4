"""Bandwidth of all cores together beside that of one, by level and operation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import altair as alt

from hwbench.show.report import looks
from hwbench.show.report.bandwidth import COMPARED, GIGA, LEVELS, best_points, points_of, row_of
from hwbench.show.report.looks import INK, MUTED
from hwbench.show.report.machines import Machine, told
from hwbench.show.report.picture import Drawn, Missing, Picture, Spec, Table
from hwbench.units import format_rate, significant

TITLE: Final = "Bandwidth of one core and of all together"
CAPTION: Final = (
    "What one core gets at the best vector width, and what all usable cores get when each streams through memory of its own at the"
    " same time; how many times as much stands above. What each core has to itself grows with the cores; what they share is divided."
)


def together(machines: Sequence[Machine]) -> Drawn:
    """Draw what all cores get (GB/s) beside what one gets, by level and operation: a row each, a machine a panel."""
    rows = [row for machine in machines for row in _rows(machine)]
    if not rows:
        return Missing(
            TITLE,
            "the record has no bandwidth of several cores: it takes a second CPU, and `hwbench characterize` without --quick",
        )
    return Picture(
        name="bandwidth-together",
        title=TITLE,
        spec=_dumbbells(rows),
        alternative=_alternative(rows),
        caption=CAPTION,
        table=_table(rows),
    )


def _rows(machine: Machine) -> Iterator[dict[str, Any]]:
    """Return pairs of one core and all cores; where one core's is not there, all cores' alone."""
    points = list(points_of(machine))
    most = max((point["cores"] for point in points), default=1)
    alone, all_cores = best_points(points, cores=1), best_points(points, cores=most) if most > 1 else {}
    keys = [key for key in all_cores if key[1] in COMPARED]
    for level, operation in sorted(keys, key=lambda key: (key[0], COMPARED.index(key[1]))):
        many = row_of(all_cores[level, operation], operation, "")
        one = row_of(alone[level, operation], operation, "") if (level, operation) in alone else None
        yield {
            "machine": f"{machine.name}, {most:.0f} cores",
            "row": f"{LEVELS[int(level)]} {operation}",
            "many": many["rate"],
            "low": many["low"],
            "high": many["high"],
            "many_text": many["text"],
            "width": many["width"],
            **(
                {"one": one["rate"], "one_low": one["low"], "one_high": one["high"], "one_text": one["text"]}
                if one
                else {}
            ),
            "factor": f"×{significant(many['rate'] / one['rate'])}" if one else "",
        }


def _dumbbells(rows: list[dict[str, Any]]) -> Spec:
    """Return a panel a machine: in each row a circle for one core, a square for all, a line between, and the factor."""
    order = list(dict.fromkeys(row["row"] for row in rows))
    rates = [row[key] for row in rows for key in ("one", "one_low", "low", "many", "high") if key in row]
    kinds = looks.series(["one core", "all cores"])
    shapes = looks.series(["one core", "all cores"], "shape")
    scale = looks.log_scale(rates, room=1.25)
    legend = alt.Legend(title=None, columns=2)
    y = alt.Y("row:N", title=None, sort=order, scale=alt.Scale(domain=order), axis=alt.Axis(labelOverlap=False))
    axis = alt.Axis(values=looks.decades(rates), format="~r", gridOpacity=0.6)
    tips = looks.tips(
        machine="machine", row="what", one_text="one core", many_text="all cores", factor="factor", width="vector width"
    )
    base = alt.Chart().encode(y=y, tooltip=tips)
    both = base.transform_filter("isValid(datum.one)")
    layers: list[Any] = [
        both.mark_rule(strokeWidth=1.5, color=MUTED).encode(x=alt.X("one:Q", scale=scale), x2="many:Q")
    ]
    points = []
    for name, chart, field, low, high in (
        ("one core", both, "one", "one_low", "one_high"),
        ("all cores", base, "many", "low", "high"),
    ):
        x = alt.X(f"{field}:Q", title="GB/s", scale=scale, axis=axis)
        paint = alt.Color("kind:N", scale=kinds, legend=legend)
        named = chart.transform_calculate(kind=f"'{name}'").encode(color=paint)
        layers.append(
            named.mark_rule(strokeWidth=5, opacity=0.35).encode(x=alt.X(f"{low}:Q", scale=scale), x2=f"{high}:Q")
        )
        shape = alt.Shape("kind:N", scale=shapes, legend=legend)
        points.append(named.mark_point(opacity=1, size=70).encode(x=x, shape=shape))
    layers += points  # over both intervals
    factor = base.mark_text(dy=-9, color=INK, text=alt.ExprRef("datum.factor"))
    layers.append(
        factor.encode(x=alt.X("middle:Q", scale=scale)).transform_calculate(middle="sqrt(datum.one * datum.many)")
    )
    panels = list(dict.fromkeys(row["machine"] for row in rows))
    chart = (
        alt.layer(*layers, data=looks.data(rows))
        .properties(width=560 if len(panels) == 1 else 260, height=30 * len(order))
        .facet(
            alt.Facet("machine:N", title=None, sort=panels, header=alt.Header(labelAnchor="start")),
            columns=len(panels[:2]),
        )
        .resolve_axis(x="independent", y="independent")
    )
    return looks.panels(chart, 240)


def _alternative(rows: list[dict[str, Any]]) -> str:
    """Say by how much all cores get more than one: of one machine row by row, of several the reads."""
    parts = []
    names = list(dict.fromkeys(row["machine"] for row in rows))
    for name in names:
        rates = [
            f"{row['row']} {format_rate(GIGA * row['one'])} by one and {format_rate(GIGA * row['many'])} by all ({row['factor']})"
            if "one" in row
            else f"{row['row']} {format_rate(GIGA * row['many'])} by all"
            for row in rows
            if row["machine"] == name and (len(names) == 1 or row["row"].endswith(" read"))
        ]
        parts.append(f"{name}: {'; '.join(rates)}.")
    return told(parts)


def _table(rows: list[dict[str, Any]]) -> Table:
    body = [
        (row["row"], row["machine"], row.get("one_text", ""), row["many_text"], row["factor"], row["width"])
        for row in rows
    ]
    headers = ("what", "machine", "one core", "all cores", "factor", "vector width")
    return Table(headers=headers, rows=body, right=frozenset({2, 3, 4}))
