"""The memory mountain: bandwidth of used bytes over footprint and stride, as a heat map and as a surface that can be turned.

Ridges are the levels of the hierarchy, slopes the bytes of a line that are fetched and not used. Source: Bryant and
O'Hallaron, Computer Systems: A Programmer's Perspective, 6.6.1 and its cover (after Stricker and Gross 1997).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any, Final

import altair as alt

from hwbench.records import MachineProfile, Point
from hwbench.show.report import looks, mountain_surface
from hwbench.show.report.looks import INK
from hwbench.show.report.machines import Machine
from hwbench.show.report.picture import Drawn, Missing, Picture, Slider, Table
from hwbench.show.words import plural
from hwbench.units import format_bytes, format_rate, significant

TITLE: Final = "The memory mountain"
FLAT_TITLE: Final = "The memory mountain from above"
CURVE: Final = "mountain"
LEVELS: Final = {"l1d": "L1", "l2": "L2", "l3": "L3", "l4": "L4"}
# What one core can read lies between these; what lies outside is no measurement.
LEAST_RATE: Final = 1.0
LARGEST_RATE: Final = 1e14
LARGEST_SIZE: Final = 2.0**60
MOST_SIZES: Final = 40
MOST_STRIDES: Final = 16
ROW_HEIGHT: Final = 16
CELL_WIDTH: Final = 29  # pixels that a value of three digits needs
LABELLED_ROWS: Final = 16
BRIGHT: Final = 0.434  # of the colour scale: where black and white are read equally well, at 4.6:1
MEANING: Final = (
    "A loop reads 8 bytes, skips to the next stride, and goes over the footprint again and again; only the bytes that it"
    " uses count."
)
CAPTION: Final = (
    f"{MEANING} Ridges are the levels of the hierarchy, slopes the bytes of a line that are fetched and not used. Height is"
    " linear, colour logarithmic. Drag the picture, or use the sliders, to turn it."
)
FLAT_CAPTION: Final = (
    f"{MEANING} Downwards the data outgrow one level after the other, to the right less of each line is used. Lines: the"
    " measured capacities, at the right with their intervals. Empty cells were not measured: too few steps fit."
)


@dataclass(frozen=True)
class Grid:
    """The points of the curve that can be drawn: bytes a second by (footprint, stride), both in bytes.

    `sizes` and `strides` rise; a cell may be missing. `left_out` says what is not drawn, as a sentence or not at all.
    """

    sizes: Sequence[float]
    strides: Sequence[float]
    rates: Mapping[tuple[float, float], float]
    left_out: str = ""

    @property
    def bounds(self) -> tuple[float, float]:
        """The colours' ends: the least and the largest rate, which differ."""
        low, high = min(self.rates.values()), max(self.rates.values())
        return (low, high) if high > low else (low / 2, high * 2)

    def place(self, rate: float) -> float:
        """Return where a rate stands on the colour scale, from 0 to 1."""
        low, high = self.bounds
        return (log(rate) - log(low)) / (log(high) - log(low))


def mountain(machine: Machine) -> Drawn:
    """Draw the mountain as a surface that sliders and dragging turn."""
    grid = _grid(machine.profile.curves.get(CURVE, ()))
    if isinstance(grid, str):
        return Missing(TITLE, grid)
    quads = mountain_surface.quads(grid.sizes, grid.strides, grid.rates)
    if not quads:
        return Missing(TITLE, "no four neighbouring cells of the memory mountain were measured: there is no surface")
    turn, tilt = mountain_surface.TURN, mountain_surface.TILT
    return Picture(
        name="mountain",
        title=TITLE,
        spec=mountain_surface.spec(quads, grid.sizes, grid.strides, grid.bounds),
        alternative=_alternative(grid),
        caption=_sentences(CAPTION, grid.left_out),
        table=_table(grid),
        sliders=(
            Slider("turn", "turn", -180, 180, 1, turn, "°"),
            Slider("tilt", "tilt", *mountain_surface.TILTS, 1, tilt, "°"),
        ),
    )


def mountain_flat(machine: Machine) -> Drawn:
    """Draw the mountain as a heat map, with the measured capacities between its rows."""
    grid = _grid(machine.profile.curves.get(CURVE, ()))
    if isinstance(grid, str):
        return Missing(FLAT_TITLE, grid)
    levels = _levels(machine.profile, grid)
    chart = alt.layer(*_cells(grid), *_marks(levels))
    return Picture(
        name="mountain-flat",
        title=FLAT_TITLE,
        spec=looks.finished(chart, ROW_HEIGHT * len(grid.sizes)),
        alternative=_sentences(_alternative(grid), _capacities(levels)),
        caption=_sentences(FLAT_CAPTION, grid.left_out),
        table=_table(grid),
    )


# ── the grid ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _grid(points: Sequence[Point]) -> Grid | str:
    """Return the grid of the points that can be drawn, or why there is none."""
    if not points:
        return "the record has no memory mountain: measure it with `hwbench characterize --only mountain`"
    known = {
        (point["bytes"], point["stride_bytes"]): point["bytes_per_second"] for point in points if _is_plausible(point)
    }
    all_sizes = _told_apart(size for size, _ in known)
    all_strides = _told_apart(stride for _, stride in known)
    if len(all_sizes) < 2 or len(all_strides) < 2:
        return (
            f"the memory mountain of this record has {plural(len(all_sizes), 'footprint')} and"
            f" {plural(len(all_strides), 'stride')} that can be drawn, and needs two of each:"
            " measure it with `hwbench characterize --only mountain`"
        )
    sizes, strides = _thinned(all_sizes, MOST_SIZES), _thinned(all_strides, MOST_STRIDES)
    rates = {key: rate for key, rate in known.items() if key[0] in set(sizes) and key[1] in set(strides)}
    return Grid(sizes, strides, rates, _left_out(len(points), len(known), all_sizes, all_strides))


def _is_plausible(point: Point) -> bool:
    size, stride, rate = (point.get(key) for key in ("bytes", "stride_bytes", "bytes_per_second"))
    return (
        size is not None
        and stride is not None
        and rate is not None
        and 1 <= size <= LARGEST_SIZE
        and 1 <= stride <= LARGEST_SIZE
        and LEAST_RATE <= rate <= LARGEST_RATE
    )


def _told_apart(values: Iterable[float]) -> list[float]:
    """Return the values from the least on, of those that are written alike the first."""
    alike: dict[str, float] = {}
    for value in sorted(values):
        alike.setdefault(format_bytes(value), value)
    return list(alike.values())


def _thinned(values: Sequence[float], most: int) -> list[float]:
    """Return at most so many of the values, evenly, the first and the last among them."""
    if len(values) <= most:
        return list(values)
    return [values[round(number * (len(values) - 1) / (most - 1))] for number in range(most)]


def _left_out(points: int, known: int, sizes: Sequence[float], strides: Sequence[float]) -> str:
    parts = []
    if points > known:
        parts.append(f"{plural(points - known, 'value')} that cannot be, or there twice, left out.")
    if len(sizes) > MOST_SIZES:
        parts.append(f"Of {len(sizes)} footprints, {MOST_SIZES} are drawn.")
    if len(strides) > MOST_STRIDES:
        parts.append(f"Of {len(strides)} strides, {MOST_STRIDES} are drawn.")
    return " ".join(parts)


# ── the heat map ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _cells(grid: Grid) -> list[Any]:
    """Return the layers of the cells: their colours and, where there is room, their values."""
    rows = [_cell(grid, size, stride) for size in grid.sizes for stride in grid.strides if (size, stride) in grid.rates]
    footprints = [format_bytes(size) for size in grid.sizes]
    step = -(-len(footprints) // LABELLED_ROWS)
    low, high = grid.bounds
    base = alt.Chart(looks.data(rows)).encode(
        x=alt.X(
            "stride:O",
            title="stride",
            scale=alt.Scale(domain=[format_bytes(stride) for stride in grid.strides]),
            axis=alt.Axis(
                labelAngle=alt.ExprRef("width < 420 ? -60 : 0"),
                labelAlign=alt.ExprRef("width < 420 ? 'right' : 'center'"),
                labelBaseline=alt.ExprRef("width < 420 ? 'middle' : 'top'"),
                domain=False,
            ),
        ),
        y=alt.Y(
            "footprint:O",
            title="footprint",
            scale=alt.Scale(domain=footprints),
            axis=alt.Axis(values=footprints[::step], domain=False),
        ),
    )
    colour = alt.Color(
        "rate:Q",
        scale=alt.Scale(type="log", scheme=looks.SCHEME, domain=[low, high], nice=False),
        legend=alt.Legend(
            title="GB/s",
            values=[rate for rate in looks.decades((low, high)) if low <= rate <= high],
            labelExpr="format(datum.value/1e9,'.3~r')",
        ),
    )
    told = looks.tips(footprint="footprint", stride="stride", told="bandwidth of used bytes")
    room = CELL_WIDTH * len(grid.strides)
    return [
        base.mark_rect().encode(color=colour, tooltip=told),
        base.mark_text(
            fontSize=10, text=alt.ExprRef(f"width < {room} ? '' : datum.text"), color=alt.ExprRef("datum.ink")
        ),
    ]


def _cell(grid: Grid, size: float, stride: float) -> dict[str, Any]:
    rate = grid.rates[size, stride]
    return {
        "footprint": format_bytes(size),
        "stride": format_bytes(stride),
        "rate": rate,
        "told": format_rate(rate),
        "text": significant(rate / 1e9) if rate >= 1e7 else "<0.01",
        "ink": "black" if grid.place(rate) > BRIGHT else "white",
    }


def _levels(profile: MachineProfile, grid: Grid) -> list[dict[str, Any]]:
    """Return the capacities that lie between two rows, and the last rows that fit in them and in their bounds."""
    rows = []
    for stem, name in LEVELS.items():
        quantity = profile.quantities.get(f"{stem}.capacity")
        if quantity is None or quantity.value is None or not grid.sizes[0] <= quantity.value < grid.sizes[-1]:
            continue
        bounds = (quantity.low, quantity.value, quantity.high)
        known = [bound for bound in bounds if bound is not None and looks.is_drawable(bound)]
        rows.append(
            {
                "level": name,
                "capacity": format_bytes(quantity.value),
                "told": quantity.measured if max(known) <= LARGEST_SIZE else format_bytes(quantity.value),
                "row": _last_row(grid, quantity.value),
                "low": _last_row(grid, min(known)),
                "high": _last_row(grid, LARGEST_SIZE if quantity.is_lower_bound else max(known)),
            }
        )
    return list(_joined(rows))


def _last_row(grid: Grid, capacity: float) -> str:
    """Return the last row that fits in a capacity."""
    return format_bytes(grid.sizes[max(bisect_right(grid.sizes, capacity) - 1, 0)])


def _joined(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the levels, those that end at the same row under one name."""
    for row in dict.fromkeys(row["row"] for row in rows):
        first, *more = (one for one in rows if one["row"] == row)
        yield first | {"level": ", ".join([first["level"], *(one["level"] for one in more)])}


def _marks(levels: list[dict[str, Any]]) -> list[Any]:
    """Return the layers that draw the capacities between the rows, and name them at the right with their intervals."""
    if not levels:
        return []
    base = alt.Chart(looks.data(levels)).encode(
        y=alt.Y("row:O", bandPosition=1), tooltip=looks.tips(level="level", told="measured capacity")
    )
    end = alt.ExprRef("width + 5")
    return [
        base.mark_rule(color="white", strokeWidth=3).encode(x=alt.value(0), x2=alt.value("width")),
        base.mark_rule(color="black", strokeWidth=1.5, strokeDash=[5, 3], clip=False).encode(
            x=alt.value(0), x2=alt.value("width")
        ),
        base.mark_rule(color=INK, strokeWidth=2, x=end).encode(
            y=alt.Y("low:O", bandPosition=1), y2=alt.Y2("high", bandPosition=1)
        ),
        base.mark_point(color=INK, shape="diamond", filled=True, opacity=1, x=end),
        base.mark_text(align="left", baseline="bottom", dy=1, dx=7, x=end, fontWeight=600, color=INK).encode(
            text="level:N"
        ),
        base.mark_text(align="left", baseline="top", dy=1, dx=7, x=end, fontSize=10, color=INK).encode(
            text="capacity:N"
        ),
    ]


# ── words and values ──────────────────────────────────────────────────────────────────────────────────────────────────


def _alternative(grid: Grid) -> str:
    """Say where the peak and the lowest point are, and what the least and the largest stride lose as the footprint grows."""
    peak, lowest = (best(grid.rates, key=lambda key: grid.rates[key]) for best in (max, min))
    text = f"The peak is {_at(grid, peak)}; the lowest point {_at(grid, lowest)}."
    for stride in (grid.strides[0], grid.strides[-1]):
        sizes = [size for size in grid.sizes if (size, stride) in grid.rates]
        if len(sizes) > 1:
            first, last = (format_rate(grid.rates[size, stride]) for size in (sizes[0], sizes[-1]))
            text += (
                f" With a stride of {format_bytes(stride)}: {first} at {format_bytes(sizes[0])},"
                f" {last} at {format_bytes(sizes[-1])}."
            )
    return text


def _at(grid: Grid, key: tuple[float, float]) -> str:
    return f"{format_rate(grid.rates[key])} at a footprint of {format_bytes(key[0])} and a stride of {format_bytes(key[1])}"


def _capacities(levels: Sequence[Mapping[str, Any]]) -> str:
    told = [f"{level['level']} {level['told']}" for level in levels]
    return f"Measured capacities: {', '.join(told)}." if told else ""


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _table(grid: Grid) -> Table:
    """Return a footprint a row, a stride a column."""
    rates = {key: format_rate(rate) for key, rate in grid.rates.items()}
    rows = [(format_bytes(size), *(rates.get((size, stride), "") for stride in grid.strides)) for size in grid.sizes]
    headers = ("footprint", *(f"stride {format_bytes(stride)}" for stride in grid.strides))
    return Table(headers=headers, rows=rows, right=frozenset(range(1, len(headers))))
