"""How all pictures look: colours that light and dark share by name, axes in the units of the field, legends, intervals.

Colours are CSS variables, so that a page turns dark without being drawn anew; files get the light ones. The series' colours
are Okabe and Ito's (https://jfly.uni-koeln.de/color/), darkened or lightened to 3:1 against their ground; no meaning is
carried by colour alone: series differ in dash or shape too, marks have labels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import altair as alt

from hwbench.show.report.picture import Spec
from hwbench.units import GIB, KIB, MIB

WIDTH: Final = 720
FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"

LIGHT: Final[Mapping[str, str]] = {
    "page": "#f5f6f8",
    "surface": "#ffffff",
    "ink": "#1b1f24",
    "muted": "#57606a",
    "grid": "#e4e7eb",
    "border": "#c9d0d8",
    "link": "#0059a8",
    "c1": "#0072b2",
    "c2": "#c8500a",
    "c3": "#00805e",
    "c4": "#a8437f",
    "c5": "#8a6500",
    "c6": "#4a6fa5",
    "worse": "#b8400c",
    "better": "#00734f",
    "left": "#6e7781",
    "total": "#33475b",
    "warn": "#8a5a00",
    "warn-ground": "#fff6df",
}
DARK: Final[Mapping[str, str]] = {
    "page": "#0f1216",
    "surface": "#181c22",
    "ink": "#e6e9ed",
    "muted": "#a0a9b4",
    "grid": "#2a3038",
    "border": "#3a424d",
    "link": "#79b8ff",
    "c1": "#56b4e9",
    "c2": "#f08a4b",
    "c3": "#3dbe94",
    "c4": "#e39bc6",
    "c5": "#e0b343",
    "c6": "#a3b8e0",
    "worse": "#f08a4b",
    "better": "#3dbe94",
    "left": "#8b949e",
    "total": "#9fb3c8",
    "warn": "#e9c46a",
    "warn-ground": "#2b2410",
}


def colour(name: str) -> str:
    """Return a colour by its name in LIGHT and DARK."""
    if name not in LIGHT:
        raise KeyError(name)
    return f"var(--{name})"


INK: Final = colour("ink")
MUTED: Final = colour("muted")
GRID: Final = colour("grid")
SURFACE: Final = colour("surface")
SERIES: Final = tuple(colour(f"c{number}") for number in range(1, 7))
DASHES: Final = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 1], [1, 3])
SHAPES: Final = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
HATCH: Final = "url(#hatch)"  # the pattern is in every page and is added to every file
# Values from low to high: distinguishable in grey and by the colour-blind; the same in light and dark.
SCHEME: Final = "viridis"

CONFIG: Final[Spec] = {
    "aria": False,  # the picture has one alternative text and a table; a name for each mark would bury both
    "background": "transparent",
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "titleColor": INK,
        "titleFontWeight": 500,
        "titleFontSize": 12,
        "labelFontSize": 11,
        "gridColor": GRID,
        "domainColor": MUTED,
        "tickColor": MUTED,
        "titlePadding": 8,
        "labelOverlap": "greedy",
        "labelSeparation": 8,
        "labelLimit": 220,
    },
    "legend": {
        "orient": "top",
        "direction": "horizontal",
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": 500,
        "labelLimit": 0,
        "symbolSize": 90,
        "symbolOpacity": 1,
        "symbolStrokeWidth": 2,
        "gradientLength": 200,
        "offset": 10,
    },
    "title": {"color": INK, "anchor": "start", "fontSize": 15, "fontWeight": 600, "offset": 14},
    "header": {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "labelFontWeight": 600},
    "text": {"color": INK, "fontSize": 11},
    "rule": {"color": MUTED},
    "line": {"strokeWidth": 2},
    "point": {"size": 40, "filled": True},
    "bar": {"cornerRadius": 2},
}


def finished(chart: Any, height: int) -> Spec:
    """Return a chart of one view (layers allowed) as its specification: as wide as its place, `height` pixels of plot."""
    sized = chart.properties(width=WIDTH, height=height, autosize=alt.AutoSizeParams(type="fit-x", contains="padding"))
    return specification(sized)


def panels(chart: Any, least: int = 220) -> Spec:
    """Return a faceted chart as its specification: as many panels in a row as fit at `least` pixels each.

    The chart gives its panels' width and height itself; the page overrides the width and the number of columns.
    """
    return specification(chart) | {"usermeta": {"panels": least}}


def specification(chart: Any) -> Spec:
    """Return a chart as its specification, in our looks."""
    # Altair checks each part as it is made; to check the whole again takes as long as all else.
    spec: Spec = chart.to_dict(validate=False)
    return spec | {"config": CONFIG}


def data(rows: Iterable[Mapping[str, Any]]) -> alt.Data:
    """Return rows as the data of a chart; numbers that no JSON can hold are left out."""
    return alt.Data(values=[{key: value for key, value in row.items() if _can_be_written(value)} for row in rows])


def _can_be_written(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def is_drawable(*values: float | None) -> bool:
    """Whether all values can stand on a logarithmic axis: they are there, finite, positive, and not absurdly large or small."""
    return all(value is not None and 1e-30 < value < 1e30 for value in values)


def tips(**titles: str) -> list[alt.Tooltip]:
    """Return what hovering shows: fields that are text already, each under its title."""
    return [alt.Tooltip(f"{name}:N", title=_in_expression(title)) for name, title in titles.items()]


def _in_expression(text: str) -> str:
    """Return a text without the signs that Vega-Lite would write into an expression as they are, where they end a string."""
    return "".join(" " if sign < " " or sign in '\\"\u2028\u2029' else sign for sign in text)[:80]


# ── axes ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _labels(units: Sequence[tuple[float, str]], digits: int = 3) -> str:
    """Return the expression that writes a label with its unit, the first of these, largest first, that is not too large for it."""
    *larger, (least, name) = units
    text = f"format(datum.value/{least!r},'.{digits}~r')+' {name}'"
    for size, unit in reversed(larger):
        text = f"datum.value>={size!r}?format(datum.value/{size!r},'.{digits}~r')+' {unit}':{text}"
    return f"datum.value==0?'0':{text}"


def rate_labels(unit: str = "B/s") -> str:
    """Return the expression that writes labels of a rate: 98.2 GB/s."""
    return _labels([(size, f"{prefix}{unit}") for size, prefix in PREFIXES])


PREFIXES: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""))
BYTE_LABELS: Final = _labels(((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB"), (1, "B")), digits=4)
TIME_LABELS: Final = _labels(((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns")))  # of nanoseconds
SECOND_LABELS: Final = _labels(((1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")))
COUNT_LABELS: Final = f"trim({_labels(PREFIXES)})"
FACTOR_LABELS: Final = "'×'+format(datum.value,',.3~r')"


def decades(values: Iterable[float], least: int = 4) -> list[float]:
    """Return ticks for a logarithmic axis: powers of ten, or 1, 2, 5 of each where there would be fewer than `least`."""
    known = [value for value in values if is_drawable(value)]
    if not known:
        return []
    low, high = math.floor(math.log10(min(known))), math.ceil(math.log10(max(known)))
    digits = (1, 2, 5) if high - low < least else (1,)
    ticks = [float(f"{digit}e{power}") for power in range(low, high + 1) for digit in digits]
    return [tick for tick in ticks if min(known) * 0.5 <= tick <= max(known) * 2]


def octaves(values: Iterable[float], most: int = 9) -> list[float]:
    """Return ticks for sizes: powers of two, at most so many."""
    known = [value for value in values if is_drawable(value)]
    if not known:
        return []
    low, high = math.ceil(math.log2(min(known))), math.floor(math.log2(max(known)))
    step = max(math.ceil((high - low + 1) / most), 1)
    step += step > 1 and step % 2  # 4, 16, 64 KiB rather than 4, 32, 256
    first = math.ceil(low / step) * step if step > 1 else low
    return [2.0**power for power in range(first, high + 1, step)]


def log_scale(values: Iterable[float], base: int = 10, room: float = 1.0) -> alt.Scale:
    """Return a logarithmic scale that spans the drawable ones of these values, each end further by the factor `room`."""
    known = [value for value in values if is_drawable(value)] or [1.0]
    low, high = min(known) / room, max(known) * room
    return alt.Scale(type="log", base=base, domain=[low, high if high > low else low * 2], nice=False)


def legend(**options: Any) -> alt.Legend:
    """Return a legend above the plot, in one column where the picture is narrow."""
    return alt.Legend(title=None, columns=alt.ExprRef("width < 420 ? 1 : 3"), **options)


def series(names: Sequence[str], channel: str = "colour") -> alt.Scale:
    """Return the scale that gives each name its colour, dash or shape, in their order; a colour's second use has another dash."""
    ranges: dict[str, Sequence[Any]] = {"colour": SERIES, "dash": DASHES, "shape": SHAPES}
    cycle, shift = ranges[channel], channel != "colour"
    chosen = [cycle[(number + shift * (number // len(cycle))) % len(cycle)] for number in range(len(names))]
    return alt.Scale(domain=list(names), range=chosen)


def dash(field: str, names: Sequence[str]) -> alt.StrokeDash:
    """Return the encoding of a dash for each name, which has no part in the legend, where it would fray the shapes.

    Vega-Lite makes one legend of all scales with the same domain, even of one without a legend: so this one's is turned round.
    """
    scale = series(names, "dash")
    turned = alt.Scale(domain=list(reversed(scale.domain)), range=list(reversed(scale.range)))
    return alt.StrokeDash(f"{field}:N", scale=turned, legend=None)
