"""The cache-aware roofline: what one core can do by flops per byte, a slanted roof a level, a flat one a vector width.

Source: Ilic, Pratas, Sousa, Cache-aware Roofline model: Upgrading the loft, IEEE Computer Architecture Letters 13(1), 2014.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt

from hwbench.show.report import looks
from hwbench.show.report.looks import INK, MUTED, SURFACE
from hwbench.show.report.machines import Machine, told
from hwbench.show.report.picture import Drawn, Missing, Picture, Table
from hwbench.show.report.roofs import STREAMS, House, Kernel, Roof, house_of, roof_over
from hwbench.show.words import percent, shortened
from hwbench.units import format_interval, format_rate, significant

TITLE: Final = "Roofline of one core"
HEIGHT: Final = 400
NAME: Final = 26  # signs of a kernel's name beside its point
LINE: Final = 13  # pixels between labels of points
BEGIN: Final = 0.06  # of the width, from a line's begin to that of its name
SLANT: Final = 22  # pixels that a slanted label takes, straight up or down
NARROW: Final = 240  # pixels of the plot on a phone
SIGN: Final = 6.3  # pixels of a letter
ROOF_SIGNS: Final = 12  # letters of a flat roof's name there: 59.1 GFLOP/s
MOST_NAMED: Final = 12  # kernels with their names beside them
MOST_KERNELS: Final = 200
GREY: Final[dict[str, Any]] = {"symbolFillColor": MUTED, "symbolStrokeColor": MUTED}  # in a legend of shapes alone
CAPTION: Final = (
    "How fast one core can compute, by the flops that a kernel does for each byte the core asks for, wherever the byte comes"
    " from. A slanted roof is what a level delivers at most by any mix of loads and stores; a flat one what arithmetic on doubles"
    " reaches at a vector width. A kernel whose data come from a level stays below its roof: far to the left only less data or"
    " nearer data help, to the right only faster arithmetic. Its roof is the lowest that it does not pass, of the levels that its"
    " data fit in and those nearer. The streams (add, scale, triad) are drawn once a level."
)


@dataclass(frozen=True)
class Frame:
    """The bounds of both axes."""

    left: float
    right: float
    bottom: float
    top: float

    @property
    def decade(self) -> float:
        """The pixels of a power of ten upwards."""
        return HEIGHT / math.log10(self.top / self.bottom)

    @property
    def slope(self) -> str:
        """The expression for the angle of a slanted roof, which changes with the width of the picture."""
        across = math.log10(self.right / self.left)
        return f"-atan2({self.decade:.2f}, width / {across:.4f}) * 180 / PI"


def roofline(machines: Sequence[Machine], kernels: Sequence[Kernel] = ()) -> Drawn:
    """Draw FLOP/s by flops per byte: roofs, the profile's kernels and further ones; several machines over each other."""
    houses = [house for machine in machines if (house := house_of(machine)).roofs]
    if not houses:
        return Missing(
            TITLE, "the record has neither bandwidths nor FLOP rates: measure them with `hwbench characterize`"
        )
    guests = [one for one in kernels if looks.is_drawable(one.flops_per_byte, one.flops_per_second)][:MOST_KERNELS]
    if len(houses) == 1:
        only = houses[0]
        houses = [House(only.label, only.roofs, [*only.kernels, *(("", one) for one in guests)])]
        guests = []
    elif guests:
        houses.append(House("other", (), [("", one) for one in guests]))
    frame = _frame(houses)
    rows = [row for house in houses for row in _kernel_rows(house)]
    lines = [row for house in houses for row in _roof_rows(house, frame)]
    return Picture(
        name="roofline",
        title=TITLE,
        spec=looks.finished(alt.layer(*_roofs(houses, lines, frame), *_kernels(houses, rows, lines, frame)), HEIGHT),
        alternative=told(_alternative(house, rows, several=len(houses) > 1) for house in houses if house.roofs),
        caption=CAPTION + _notes(houses),
        table=_table(houses, rows),
    )


def _frame(houses: Sequence[House]) -> Frame:
    """Return bounds that hold all kernels and where the roofs meet, with room for the names at both sides."""
    kernels = [kernel for house in houses for _, kernel in house.kernels]
    slants = [roof.rate for house in houses for roof in house.roofs if not roof.is_flat]
    meet = [house.peak / roof.rate for house in houses if house.peak for roof in house.roofs if not roof.is_flat]
    across = [kernel.flops_per_byte for kernel in kernels] + meet or [1.0]
    left, right = min(across) / 4, max(across) * 6
    peaks = [house.peak for house in houses if house.peak]
    tops = peaks or [rate * right for rate in slants]
    rates = [kernel.flops_per_second for kernel in kernels] + [rate * left for rate in slants] + peaks
    bounds = [
        bound
        for kernel in kernels
        for bound in (kernel.low, kernel.high)
        if bound is not None and looks.is_drawable(bound)
    ]
    return Frame(left, right, min([*rates, *bounds]) / 1.5, max([*rates, *tops, *bounds]) * 1.8)


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _roof_rows(house: House, frame: Frame) -> list[dict[str, Any]]:
    """Return each roof as a line from where it enters the picture to where it meets another."""
    most = max((roof.rate for roof in house.roofs if not roof.is_flat), default=None)
    rows = []
    for roof in house.roofs:
        if roof.is_flat:
            first, last = max(roof.rate / most, frame.left) if most else frame.left, frame.right
        else:
            first = max(frame.left, frame.bottom / roof.rate)
            last = min(frame.right, (house.peak or frame.top) / roof.rate)
        if first < last and frame.bottom <= roof.over(last) <= frame.top:
            rows.append(
                {
                    "machine": house.label,
                    "name": roof.name,
                    "flat": roof.is_flat,
                    "lower": roof.is_flat and roof.rate != house.peak,
                    "per_byte": roof.rate,
                    "x": first,
                    "y": roof.over(first),
                    "x2": last,
                    "y2": roof.over(last),
                    "rate": _rate(roof),
                    "how": roof.how.replace("_", " "),
                    "text": f"{roof.name}: {format_rate(roof.rate, roof.unit)}",
                }
            )
    return rows


def _rate(roof: Roof) -> str:
    return format_interval(roof.rate, roof.low, roof.high, roof.unit)


def _kernel_rows(house: House) -> list[dict[str, Any]]:
    """Return each kernel as a point, with the roof over it and what part of that it reaches."""
    rows = []
    for level, kernel in house.kernels:
        roof = roof_over(kernel, house.roofs, level)
        rate, low, high = kernel.flops_per_second, kernel.low, kernel.high
        bounds = (low, high) if looks.is_drawable(low, high) else (rate, rate)
        allowed = roof.over(kernel.flops_per_byte) if roof else None
        rows.append(
            {
                "machine": house.label,
                "kernel": shortened(kernel.name, NAME),
                "note": kernel.note,
                "x": kernel.flops_per_byte,
                "y": rate,
                "low": bounds[0],
                "high": bounds[1],
                "per_byte": significant(kernel.flops_per_byte),
                "rate": format_interval(rate, *bounds, "FLOP/s"),
                "roof": f"{roof.name}, {format_rate(allowed, 'FLOP/s')}" if roof and allowed else "",
                "part": percent(rate / allowed) if allowed else "",
            }
        )
    return rows


# ── roofs, drawn ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _roofs(houses: Sequence[House], lines: list[dict[str, Any]], frame: Frame) -> list[Any]:
    """Return the layers of the roofs, and of their names on them."""
    several = sum(bool(house.roofs) for house in houses) > 1
    base = alt.Chart(looks.data(lines)).encode(
        x=_x(frame),
        y=_y(frame),
        x2="x2:Q",
        y2="y2:Q",
        tooltip=looks.tips(machine="machine", name="roof", rate="at most", how="by"),
    )
    lower = base.transform_filter("datum.lower").mark_rule(strokeWidth=1.25, strokeDash=[5, 3])
    upper = base.transform_filter("!datum.lower").mark_rule(strokeWidth=2)
    if several:
        names = [house.label for house in houses]
        legend = looks.legend(symbolType="stroke", symbolSize=400)
        colours = alt.Color("machine:N", scale=looks.series(names), legend=legend)
        dash = alt.StrokeDash("machine:N", scale=looks.series(names, "dash"), legend=legend)
        drawn = [upper.encode(color=colours, strokeDash=dash)]
    else:
        paint = alt.value(looks.colour("total"))
        drawn = [lower.encode(color=paint), upper.encode(color=paint)]
    return [*drawn, *_slanted_names(lines, frame, several=several), *_flat_names(lines, frame, several=several)]


def _x(frame: Frame) -> alt.X:
    axis = alt.Axis(values=looks.decades((frame.left, frame.right), 5), format="~r", grid=False)
    scale = alt.Scale(type="log", domain=[frame.left, frame.right], nice=False)
    return alt.X("x:Q", title="flops per byte", scale=scale, axis=axis)


def _y(frame: Frame) -> alt.Y:
    axis = alt.Axis(
        values=looks.decades((frame.bottom, frame.top), 2), labelExpr=looks.rate_labels("FLOP/s"), gridOpacity=0.6
    )
    scale = alt.Scale(type="log", domain=[frame.bottom, frame.top], nice=False)
    return alt.Y("y:Q", title="flops per second", scale=scale, axis=axis)


def _slanted_names(lines: list[dict[str, Any]], frame: Frame, *, several: bool) -> list[Any]:
    """Return the layers of the names along the slanted roofs: above or below the line, where no other line or name is."""
    slants = _apart(sorted((line for line in lines if not line["flat"]), key=lambda line: -line["per_byte"]), frame)
    places = [-frame.decade * math.log10(line["per_byte"]) for line in slants]
    taken: list[tuple[float, float]] = []
    above: list[dict[str, Any]] = []
    below: list[dict[str, Any]] = []
    further: list[dict[str, Any]] = []
    for line, place in zip(slants, places, strict=True):
        others = [other for other in places if other != place]
        for side, span in ((above, (place - SLANT, place)), (below, (place, place + SLANT))):
            if not any(span[0] - 2 < other < span[1] + 2 for other in others) and not _overlaps(span, taken):
                taken.append(span)
                side.append(_name_at(line, (frame.right / frame.left) ** BEGIN))
                break
        else:
            further.append(_name_at(line, (line["x2"] / line["x"]) ** 0.6))
    layers = []
    for rows, baseline, down in (
        (above, "bottom", -3),
        (below, "top", 4),
        ([] if several else further[:1], "bottom", -3),
    ):
        if rows:
            text = alt.ExprRef("datum.name" if several else "width < 420 ? datum.name : datum.text")
            layers += _haloed(
                rows, frame, angle=alt.ExprRef(frame.slope), align="left", baseline=baseline, dy=down, text=text
            )
    return layers


def _apart(slants: Sequence[dict[str, Any]], frame: Frame) -> list[dict[str, Any]]:
    """Return the lines without those that lie on one of the same name: one name is enough for both."""
    kept: list[dict[str, Any]] = []
    for line in slants:
        heights = [math.log10(one["per_byte"] / line["per_byte"]) for one in kept if one["name"] == line["name"]]
        if all(frame.decade * height > SLANT for height in heights):
            kept.append(line)
    return kept


def _overlaps(span: tuple[float, float], taken: Iterable[tuple[float, float]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in taken)


def _name_at(line: dict[str, Any], factor: float) -> dict[str, Any]:
    """Return a name that begins by this factor further than its line."""
    return {"x": line["x"] * factor, "y": line["y"] * factor, "name": line["name"], "text": line["text"]}


def _flat_names(lines: list[dict[str, Any]], frame: Frame, *, several: bool) -> list[Any]:
    """Return the layers of the names at the right end of the flat roofs."""
    rows = _named_flats(lines, frame, several=several)
    text = alt.ExprRef("datum.name" if several else "width < 420 ? datum.name : datum.text")
    return _haloed(rows, frame, align="right", baseline="bottom", dy=-3, text=text) if rows else []


def _named_flats(lines: list[dict[str, Any]], frame: Frame, *, several: bool) -> list[dict[str, Any]]:
    """Return the names of the flat roofs that leave room for one under the roof above; of several machines the highest."""
    rows: list[dict[str, Any]] = []
    for line in sorted((line for line in lines if line["flat"]), key=lambda line: -line["y"]):
        is_free = all(frame.decade * math.log10(row["y"] / line["y"]) > LINE + 4 for row in rows)
        if is_free and not (several and line["lower"]):
            rows.append(
                {"x": line["x2"], "y": line["y"], "name": line["text"].partition(": ")[2], "text": line["text"]}
            )
    return rows


def _haloed(rows: list[dict[str, Any]], frame: Frame, **mark: Any) -> list[Any]:
    """Return text that stays readable over lines: first its outline in the ground's colour."""
    base = alt.Chart(looks.data(rows)).encode(x=_x(frame), y=_y(frame))
    halo = base.mark_text(**mark, stroke=SURFACE, strokeWidth=3, color=SURFACE, strokeJoin="round")
    return [halo, base.mark_text(**mark, color=INK)]


# ── kernels, drawn ────────────────────────────────────────────────────────────────────────────────────────────────────


def _kernels(
    houses: Sequence[House], rows: list[dict[str, Any]], lines: list[dict[str, Any]], frame: Frame
) -> list[Any]:
    """Return the layers of the kernels: of one machine each kernel in its colour and shape, of several each machine's."""
    if not rows:
        return []
    several = len(houses) > 1
    kernels = list(dict.fromkeys(row["kernel"] for row in rows))
    named = [] if several else [name for name in kernels if name not in STREAMS][:MOST_NAMED]
    listed = [name for name in kernels if name not in named]
    style = {**GREY, "orient": "bottom"} if several else {}
    columns = alt.ExprRef(f"width < 420 ? {2 if several else 3} : 6")
    legend = alt.Legend(title=None, values=listed, columns=columns, **style) if listed else None
    field, order = ("machine", [house.label for house in houses]) if several else ("kernel", kernels)
    paint = alt.Color(f"{field}:N", scale=looks.series(order), legend=None if several else legend)
    shape = alt.Shape("kernel:N", scale=looks.series(kernels, "shape"), legend=legend)
    tips = looks.tips(
        kernel="kernel",
        note="which",
        machine="machine",
        per_byte="flops per byte",
        rate="does",
        roof="roof over it",
        part="reaches",
    )
    base = alt.Chart(looks.data(rows)).encode(x=_x(frame), color=paint)
    return [
        base.mark_rule(strokeWidth=2, opacity=0.5).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_point(opacity=1, size=70, stroke=SURFACE, strokeWidth=0.75).encode(
            y=_y(frame), shape=shape, tooltip=tips
        ),
        *_point_names(
            [row for row in rows if row["kernel"] in named], frame, _named_flats(lines, frame, several=several)
        ),
    ]


def _point_names(rows: list[dict[str, Any]], frame: Frame, flats: list[dict[str, Any]]) -> list[Any]:
    """Return the layers of the names beside the points, each where no other is, even where the picture is narrow."""
    left: list[dict[str, Any]] = []
    right: list[dict[str, Any]] = []
    above_roofs = [math.log10(flat["y"]) * frame.decade + 9 for flat in flats]
    taken: list[float] = []
    for row in sorted(rows, key=lambda row: row["y"]):
        share = math.log10(row["x"] / frame.left) / math.log10(frame.right / frame.left)
        reaches = NARROW * share + 8 + SIGN * len(row["kernel"]) > NARROW - SIGN * ROOF_SIGNS
        place = _free(math.log10(row["y"]) * frame.decade, [*taken, *(above_roofs if reaches else [])])
        taken.append(place)
        name = {"x": row["x"], "y": 10 ** (place / frame.decade), "name": row["kernel"]}
        (right if share < 0.6 else left).append(name)
    style = {"baseline": "middle", "text": alt.ExprRef("datum.name")}
    drawn = _haloed(right, frame, align="left", dx=8, **style) if right else []
    return [*drawn, *(_haloed(left, frame, align="right", dx=-8, **style) if left else [])]


def _free(wanted: float, taken: Sequence[float]) -> float:
    """Return the height nearest to the wanted one at which a line of text touches none of the others."""
    heights = (wanted + sign * shift for shift in range(0, LINE * (len(taken) + 1) * 2, 2) for sign in (1, -1))
    return next((one for one in heights if all(abs(one - other) >= LINE for other in taken)), wanted)


# ── words ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _notes(houses: Sequence[House]) -> str:
    """Say how bytes were counted where kernels do not declare them."""
    notes = {kernel.note for house in houses for _, kernel in house.kernels}
    note = next((note for note in notes if "a load or store" in note), "")
    return f" Where a kernel declares no bytes, they are counted as {note}." if note else ""


def _alternative(house: House, rows: list[dict[str, Any]], *, several: bool) -> str:
    """Say what the roofs are, and how near to theirs the kernels come; of each of several machines, the highest roofs alone."""
    if several:
        shown = [roof for roof in house.roofs if not roof.is_flat or roof.rate == house.peak]
        return f"{house.label}: {', '.join(map(_named, shown))}."
    mine = [row for row in rows if row["kernel"] not in STREAMS and row["roof"]]
    kernels = "; ".join(
        f"{row['kernel']} reaches {row['part']} of its roof ({row['roof']})" for row in mine[:MOST_NAMED]
    )
    return f"Roofs of one core: {', '.join(map(_named, house.roofs))}." + (f" {kernels}." if kernels else "")


def _named(roof: Roof) -> str:
    return f"{roof.name} {format_rate(roof.rate, roof.unit)}"


def _table(houses: Sequence[House], rows: list[dict[str, Any]]) -> Table:
    """Return the roofs, then the kernels, one a row."""
    several = len(houses) > 1
    roofs = [
        (house.label, f"roof: {roof.name}", "", _rate(roof), "", "", roof.how)
        for house in houses
        for roof in house.roofs
    ]
    kernels = [
        (row["machine"], row["kernel"], row["per_byte"], row["rate"], row["roof"], row["part"], row["note"])
        for row in rows
    ]
    headers = ("machine", "what", "flops per byte", "at most, or does", "roof over it", "part of it", "how")
    first = 0 if several else 1
    body = [row[first:] for row in (*roofs, *kernels)]
    return Table(headers=headers[first:], rows=body, right=frozenset(number - first for number in (2, 3, 5)))
