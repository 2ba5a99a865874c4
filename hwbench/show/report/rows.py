"""Rows under headings: how many named values, in groups, stand on one axis and stay readable on a phone.

Each row is a line of the vertical axis; a heading is a line of its own, in bold, with nothing drawn on it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt

from hwbench.show import words
from hwbench.show.report import looks
from hwbench.units import format_interval

LONGEST: Final = 60
PREFIX: Final = 6  # signs of a key before its text: the number of the row, and whether it is a heading
SHORT: Final = 5.0  # a logarithmic axis that spans less looks even
LABELS: Final = 160  # pixels: on a phone as much is left for the plot; tips and tables have the whole name
HEADING: Final = f"slice(datum.label,{PREFIX - 1},{PREFIX})=='#'"


@dataclass(frozen=True)
class Rows:
    """The rows of a picture from top to bottom: the key of each (group, name), and of each heading."""

    keys: Mapping[tuple[str, str | None], str]

    def key(self, group: str, name: str) -> str:
        """Return what stands in the field `row` of a value's data."""
        return self.keys[group, name]

    def y(self, **options: Any) -> alt.Y:
        """Return the encoding of the field `row`, labelled; options are the axis's."""
        axis = alt.Axis(
            labelExpr=f"slice(datum.label,{PREFIX})",
            labelFontWeight={"condition": {"test": HEADING, "value": "bold"}, "value": "normal"},
            labelColor={"condition": {"test": HEADING, "value": looks.INK}, "value": looks.MUTED},
            labelLimit=LABELS,
            labelOverlap=False,
            ticks=False,
            domain=False,
            grid=False,
            **options,
        )
        return alt.Y("row:N", title=None, axis=axis, scale=self.scale())

    def scale(self) -> alt.Scale:
        """Return the scale of the field `row`."""
        return alt.Scale(type="band", domain=list(self.keys.values()), paddingInner=0.2)

    def height(self, step: int) -> int:
        """Return the height of the plot with so many pixels for each row."""
        return max(len(self.keys) * step, 2 * step)


def rows(groups: Mapping[str, Sequence[str]]) -> Rows:
    """Return the rows of names in groups; the group without a title has no heading."""
    lines: list[tuple[str, str | None]] = []
    for title, names in groups.items():
        lines += [(title, None)] if title else []
        lines += [(title, name) for name in dict.fromkeys(names)]
    keys = {line: _key(number, *line) for number, line in enumerate(lines)}
    return Rows(keys)


def _key(number: int, title: str, name: str | None) -> str:
    text = words.shortened(words.one_line(title if name is None else name), LONGEST)
    return f"{number:0{PREFIX - 1}}{'#' if name is None else ' '}{text}"


def legend() -> alt.Legend:
    """Return a legend above the plot whose names are cut where the picture is narrow."""
    return looks.legend(labelLimit=alt.ExprRef("width < 420 ? 140 : 240"))


def bounds(value: float, low: float | None, high: float | None) -> tuple[float, float]:
    """Return the bounds as they can be drawn on a logarithmic axis; the value itself where one cannot."""
    return (
        low if low is not None and looks.is_drawable(low) else value,
        high if high is not None and looks.is_drawable(high) else value,
    )


def beside(base: Any, is_left: str, low: str = "low", high: str = "high") -> list[Any]:
    """Return the layers that write `text` (narrow: `short`) beside each interval, whose ends are the fields `low` and `high`.

    `is_left` is the expression of those that are written to the left of it.
    """
    text = alt.ExprRef("width < 420 ? datum.short : datum.text")
    left = base.transform_filter(is_left).mark_text(align="right", dx=-9, text=text)
    right = base.transform_filter(f"!({is_left})").mark_text(align="left", dx=9, text=text)
    ink = alt.value(looks.INK)
    return [left.encode(x=alt.X(f"{low}:Q"), color=ink), right.encode(x=alt.X(f"{high}:Q"), color=ink)]


def middle(values: Sequence[float]) -> float:
    """Return the value in the middle of a logarithmic axis that spans these."""
    return math.sqrt(min(values)) * math.sqrt(max(values))


def ticks(values: Sequence[float], most: int = 7) -> list[float]:
    """Return ticks for a logarithmic axis: 1, 2, 5 of each power of ten, or even steps where the axis is too short for those."""
    low, high = min(values), max(values)
    if high > SHORT * low:
        return looks.decades(values)
    least = max((high - low) / most, low / 1000)
    power = math.floor(math.log10(least))
    step = next(float(f"{digit}e{power}") for digit in (1, 2, 5, 10) if float(f"{digit}e{power}") >= least)
    return [float(f"{number * step:.6g}") for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def factor_between(value: float, low: float | None = None, high: float | None = None) -> str:
    """Write a ratio with its interval: ×7.57 (7.38–7.7); beyond a million either way by its power of ten, alone."""
    if not 1e-4 <= value < 1e6:
        return words.factor(value)
    inside = all(bound is None or bound < 1e6 for bound in (low, high))
    return "×" + format_interval(value, low if inside else None, high if inside else None, "")


def thinned(samples: Sequence[float], most: int) -> list[float]:
    """Return the samples that can be drawn, at most so many: of more, some evenly spread, with the least and the greatest."""
    known = sorted(sample for sample in samples if looks.is_drawable(sample))
    if len(known) <= most or most < 2:
        return known[: max(most, 1)]
    return [known[round(number * (len(known) - 1) / (most - 1))] for number in range(most)]
