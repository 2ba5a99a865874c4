"""Heat maps of factors: a cell is so many times its reference, blue below ×1 and orange above, with the factor as text in it.

Colours are Vega's scheme `blueorange` over the logarithm of the factor, the same in light and dark; a cell's text is black or
white, whichever stands out more against its cell (WCAG 2, relative luminance). A cell without a factor has no colour but a
dashed border and a word.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt

from hwbench.records import Interval
from hwbench.show import words
from hwbench.show.report import looks
from hwbench.show.report.looks import INK, MUTED
from hwbench.show.report.picture import Spec
from hwbench.units import format_interval, significant

SCHEME: Final = "blueorange"
STOPS: Final = (  # the scheme's colours, evenly apart: https://vega.github.io/vega/docs/schemes/#diverging
    "134b85", "2f78b3", "5da2cb", "9dcae1", "d2e5ef", "f2f0eb", "fce0ba", "fbbf74", "e8932f", "c5690d", "994a07"
)  # fmt: skip
LIMITS: Final = (2.0, 5.0, 10.0, 100.0, 1e3, 1e4)  # times as much or as little, where the colours may end
MOST: Final = LIMITS[-1]  # beyond, the colour stays
NAMES: Final = 82  # pixels of a row's name, within the panel; fewer in a narrow one
LONGEST: Final = 14  # signs of a cell's text
NARROW: Final = 300  # pixels of a panel: below, texts are short


@dataclass(frozen=True)
class Axes:
    """How a grid is laid out: its columns' title and labels (an expression), what the colour means, and what hovering shows."""

    column_title: str
    meaning: str
    tips: Mapping[str, str]
    row_height: int = 26
    column_label: str = "datum.label"
    is_in_panels: bool = True
    names: int = NAMES
    label_limit: str = "200"


def cell(factor: float | None, text: str, short: str | None = None, *, limit: float = MOST) -> dict[str, Any]:
    """Return what a cell needs to be drawn: its factor (None: it has none), its text, wide and short, and the text's colour."""
    texts = (words.shortened(one, LONGEST) for one in (text, text if short is None else short))
    drawn: dict[str, Any] = {**dict(zip(("text", "short"), texts, strict=True)), "ink": INK}
    return drawn if factor is None else {**drawn, "factor": factor, "ink": ink(factor, limit)}


def factor_cell(factor: float, limit: float) -> dict[str, Any]:
    """Return the cell of a factor, written out; one that no scale can hold has no colour."""
    return cell(factor if looks.is_drawable(factor) else None, times(factor), short(factor), limit=limit)


def time_cell(taken: float) -> dict[str, Any]:
    """Return the cell of what the others are compared with: its own time, without a colour."""
    text = words.seconds(taken) if looks.is_drawable(taken) else "no time"
    return {**cell(None, text), "is_time": True}


def limit_of(factors: Iterable[float | None]) -> float:
    """Return where the colours end: the first of LIMITS that holds all factors and their inverses, or the last."""
    known = [factor for factor in factors if factor is not None and looks.is_drawable(factor)]
    most = max((max(factor, 1 / factor) for factor in known), default=1.0)
    return next((limit for limit in LIMITS if most <= limit), MOST)


def ink(factor: float, limit: float) -> str:
    """Return the colour of a text on the cell of a factor: black or white, whichever has the higher contrast."""
    luminance = luminance_at(0.5 + math.log10(factor) / (2 * math.log10(limit)))
    return "#000000" if (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) else "#ffffff"


def luminance_at(share: float) -> float:
    """Return the relative luminance of the scheme's colour at a share of its length: https://www.w3.org/TR/WCAG22/."""
    place = min(max(share, 0.0), 1.0) * (len(STOPS) - 1)
    before = min(int(place), len(STOPS) - 2)
    pairs = (
        (int(STOPS[before][at : at + 2], 16), int(STOPS[before + 1][at : at + 2], 16)) for at in (0, 2, 4)
    )  # red, green, blue
    channels = [(low + (high - low) * (place - before)) / 255 for low, high in pairs]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def short(factor: float) -> str:
    """Write a factor in at most seven signs or so: ×0.0192, ×205k."""
    if 1e4 <= factor < 1e12:
        return f"×{words.count(factor)}".replace(" ", "")
    return words.factor(factor)


def times(factor: float) -> str:
    """Write a factor in full: ×3 050 000; by its power of ten where that would be too long."""
    return f"×{significant(factor)}" if 1e6 <= factor < 1e9 else words.factor(factor)


def seconds(taken: float) -> str:
    """Write seconds in the unit in which a person reads them: 49.5 ms; as they stand where no unit fits them."""
    return words.seconds(taken) if looks.is_drawable(taken) else f"{taken:.3g} s"


def seconds_between(taken: Interval) -> str:
    """Write seconds with their interval: 49.5 ms (45.1–54.0)."""
    if not looks.is_drawable(taken.value, taken.low, taken.high):
        return seconds(taken.value)
    return words.seconds_between(taken.value, taken.low, taken.high)


def percent(share: float) -> str:
    """Write a share: 82%; as it stands where it is absurdly large."""
    return words.percent(share) if abs(share) < 1e6 else f"{share:.3g}"


def between(factor: float, low: float, high: float) -> str:
    """Write a factor with its interval: ×5.2 (5.1–5.4)."""
    if not looks.is_drawable(factor, low, high):
        return f"×{factor:.3g}"
    return f"×{format_interval(factor, low, high, '')}"


def grid(rows: Sequence[Mapping[str, Any]], axes: Axes, limit: float) -> Spec:
    """Return the heat map of rows with `panel`, `row`, `column`, what `cell` gives, and the fields of the tips, in their order."""
    seen: set[tuple[Any, Any]] = set()
    named = []
    for row in rows:
        place = (row.get("panel"), row["row"])
        named.append({**row, "name": "" if place in seen else row["row"]})
        seen.add(place)
    height = axes.row_height * len({row["row"] for row in rows})
    layers = alt.layer(*_layers(axes, limit), data=looks.data(named))
    if not axes.is_in_panels:
        return looks.finished(layers, height)
    names = list(dict.fromkeys(row["panel"] for row in rows))
    return panels(layers, names, height, is_x_shared=False)


def panels(layers: Any, names: Sequence[str], height: int, *, is_x_shared: bool = True) -> Spec:
    """Return layers as small multiples by their field `panel`, in the order of the names, two in a row where there is room."""
    facet = alt.Facet("panel:N", title=None, sort=list(names), header=alt.Header(labelAnchor="start", labelLimit=260))
    chart = layers.properties(width=345, height=height).facet(facet=facet, columns=2)
    chart = chart.resolve_axis(x="independent", y="independent")  # the page changes how many stand in a row
    return looks.panels(chart if is_x_shared else chart.resolve_scale(x="independent"), 300)


def after_names(width: str = "child_width", room: int = 0, names: int = NAMES) -> list[Any]:
    """Return the range of a horizontal scale that leaves room for the rows' names on the left, and `room` on the right."""
    return [alt.ExprRef(name_width(width, names)), alt.ExprRef(f"{width} - {room}")]


def name_width(width: str = "child_width", names: int = NAMES) -> str:
    """Return the expression of how wide the rows' names are: less in a narrow panel."""
    return f"({width} < {NARROW} ? {round(0.83 * names)} : {names})"


def name_layer(base: Any, width: str = "child_width", names: int = NAMES) -> Any:
    """Return the layer that writes the rows' names (field `name`) on the left, within the panel."""
    return base.mark_text(
        align="left",
        limit=alt.ExprRef(f"{name_width(width, names)} - 4"),
        color=INK,
        text=alt.ExprRef("datum.name"),
        fontSize=alt.ExprRef(f"{width} < {NARROW} ? 11 : 12"),
    ).encode(x=alt.value(0))


def _layers(axes: Axes, limit: float) -> list[Any]:
    width = "child_width" if axes.is_in_panels else "width"
    axis = alt.Axis(
        orient="top", title=axes.column_title, labelExpr=axes.column_label, labelAngle=0,
        labelLimit=alt.ExprRef(axes.label_limit), domain=False, ticks=False,
        labelOverlap=False, titleFontWeight="normal", titleFontSize=11, titleColor=MUTED, titleAnchor="start", titleAlign="left",
        titleBaseline="alphabetic", titleX=0, titleY=-9, labelPadding=6,
    )  # fmt: skip
    x = alt.X(
        "column:O",
        sort=None,
        axis=axis,
        scale=alt.Scale(range=after_names(width, names=axes.names), paddingInner=0.05, paddingOuter=0),
    )
    y = alt.Y("row:N", sort=None, axis=None, scale=alt.Scale(paddingInner=0.1, paddingOuter=0))
    base = alt.Chart().encode(x=x, y=y, tooltip=looks.tips(**axes.tips))
    has_factor = "isValid(datum.factor)"
    ground = base.mark_rect(
        invalid="show",
        cornerRadius=2,
        stroke=alt.ExprRef(f"{has_factor} ? 'transparent' : '{MUTED}'"),
        strokeWidth=0.8,
        strokeDash=alt.ExprRef("datum.is_time ? [1, 0] : [3, 2]"),
        strokeOpacity=0.7,
    ).encode(color=_colour(axes.meaning, limit), fillOpacity=alt.condition(has_factor, alt.value(1), alt.value(0)))
    texts = base.mark_text(
        text=alt.ExprRef(f"{width} < {NARROW} ? datum.short : datum.text"),
        color=alt.ExprRef("datum.ink"),
        fontSize=alt.ExprRef(f"{width} < {NARROW} ? 9.5 : 11"),
    )
    return [ground, texts, name_layer(base, width, axes.names)]


def _colour(meaning: str, limit: float) -> alt.Color:
    """Return the colours of factors, with their legend."""
    least, most = ("'≤ '", "'≥ '") if limit >= MOST else ("''", "''")
    label = (
        f"(datum.value > {0.99 * limit} ? {most} : datum.value < {1.01 / limit} ? {least} : '')"
        " + '×' + replace(format(datum.value, ',.3~r'), ',', ' ')"
    )
    legend = alt.Legend(
        title=meaning,
        titleLimit=0,
        values=[1 / limit, 1, limit],
        labelExpr=label,
        gradientLength=260,
        labelOffset=5,
        labelOverlap="greedy",
    )
    scale = alt.Scale(type="log", scheme=SCHEME, domain=[1 / limit, limit], clamp=True, nice=False)
    return alt.Color("factor:Q", scale=scale, legend=legend)
