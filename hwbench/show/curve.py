"""Curves as drawings in plain text: the latency curve with its levels, and what a lesson sweeps; time up, on a log scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from hwbench.units import format_bytes, format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hwbench.records import MachineProfile, Point

HEIGHT: Final = 14
WIDEST: Final = 100
MARGIN: Final = 9
CURVES: Final = {"latency_base": "base pages", "latency_huge": "huge pages"}
LEVELS: Final = ("l1d", "l2", "l3", "l4")
UNICODE_MARKS: Final = "●○◉▲△■□█│─└┊–µ×"
TIMES: Final = tuple(float(f"{digit}e{power}") for power in range(-3, 10) for digit in (1, 2, 5))
PARTS: Final = 8  # labels along an axis that is not logarithmic


@dataclass(frozen=True)
class Signs:
    """The characters that a drawing is made of: one mark a curve and one where both meet, then the axes."""

    marks: tuple[str, ...]
    both: str
    vertical: str
    horizontal: str
    corner: str
    level: str


UNICODE: Final = Signs(("●", "○", "▲", "△", "■", "□"), "◉", "│", "─", "└", "┊")
ASCII: Final = Signs(("*", "o", "x", "+", "#", "%"), "@", "|", "-", "+", ":")


@dataclass(frozen=True)
class Axis:
    """What runs along: how a value is written, and whether on a log scale."""

    title: str
    write: Callable[[float], str]
    logarithmic: bool = True

    def place(self, value: float) -> float:
        """Return where a value stands, in octaves on a log scale."""
        return math.log2(value) if self.logarithmic else value


FOOTPRINT: Final = Axis("Load latency by footprint", format_bytes)


@dataclass(frozen=True)
class Frame:
    """Where points fall: the bounds of both axes in their scales, and the size of the drawing in characters."""

    left: float
    right: float
    bottom: float
    top: float
    columns: int
    axis: Axis = FOOTPRINT

    def column(self, value: float) -> int:
        """Return the column of a value, for footprints of a size in bytes."""
        share = (self.axis.place(value) - self.left) / max(self.right - self.left, 1e-9)
        return min(max(round(share * (self.columns - 1)), 0), self.columns - 1)

    def row(self, ns: float) -> int:
        """Return the row of a time, the first at the top."""
        share = (math.log2(ns) - self.bottom) / max(self.top - self.bottom, 1e-9)
        return HEIGHT - 1 - min(max(round(share * (HEIGHT - 1)), 0), HEIGHT - 1)


def latency(profile: MachineProfile, width: int = 80, *, unicode: bool = True) -> str:
    """Draw the latency curves of a profile, at most `width` columns wide; empty if it has none."""
    curves = {title: drawable(profile.curves.get(name, ())) for name, title in CURVES.items()}
    curves = {title: points for title, points in curves.items() if len(points) > 1}
    if not curves:
        return ""
    levels = {
        stem.upper().replace("L1D", "L1"): quantity.value
        for stem in LEVELS
        if (quantity := profile.quantities.get(f"{stem}.capacity")) is not None and quantity.value
    }
    return draw(curves, levels, min(width, WIDEST), UNICODE if unicode else ASCII)


def drawable(points: Sequence[Point]) -> list[tuple[float, float]]:
    """Return the (bytes, ns) of a curve's points that stand on log scales, by size."""
    return sorted((p["bytes"], p["ns"]) for p in points if p.get("bytes", 0) > 0 and p.get("ns", 0) > 0)


def draw(
    curves: Mapping[str, Sequence[tuple[float, float]]],
    levels: Mapping[str, float],
    width: int,
    signs: Signs,
    axis: Axis = FOOTPRINT,
) -> str:
    """Draw up to six curves of (value, ns), for footprints (bytes, ns); `levels` are marked at their capacity in bytes."""
    frame = _frame([point for points in curves.values() for point in points], width - MARGIN, axis)
    grid = [[" "] * frame.columns for _ in range(HEIGHT)]
    inside = {name: size for name, size in levels.items() if frame.left <= axis.place(size) <= frame.right}
    for size in inside.values():
        for line in grid:
            line[frame.column(size)] = signs.level
    for mark, points in zip(signs.marks, curves.values(), strict=False):
        for column, ns in _columns(points, frame).items():
            line = grid[frame.row(ns)]
            line[column] = signs.both if line[column] in signs.marks and line[column] != mark else mark
    labels = _time_labels(frame)
    rows = [
        f"{labels.get(number, ''):>{MARGIN - 1}}{signs.vertical}{''.join(line)}".rstrip()
        for number, line in enumerate(grid)
    ]
    line_below = " " * (MARGIN - 1) + signs.corner + signs.horizontal * frame.columns
    legend = "   ".join(f"{mark} {title}" for mark, title in zip(signs.marks, curves, strict=False))
    title = f"{axis.title}   {legend}" + (f"   {signs.both} both" if len(curves) > 1 else "")
    level_line = [_place({frame.column(size): name for name, size in inside.items()}, frame.columns)] if inside else []
    return "\n".join([title, *level_line, *rows, line_below, _place(_size_labels(frame), frame.columns)])


def _frame(points: Sequence[tuple[float, float]], columns: int, axis: Axis) -> Frame:
    places, times = [axis.place(value) for value, _ in points], [math.log2(ns) for _, ns in points]
    return Frame(min(places), max(places), min(times), max(times), columns, axis)


def _columns(points: Sequence[tuple[float, float]], frame: Frame) -> dict[int, float]:
    """Return the time at every column between the curve's ends, on straight lines between its points."""
    placed: dict[int, float] = {}
    for (size, ns), (next_size, next_ns) in pairwise(points):
        first, last = frame.column(size), frame.column(next_size)
        for column in range(first, last + 1):
            share = (column - first) / max(last - first, 1)
            placed[column] = ns * (next_ns / ns) ** share
    return placed


def _time_labels(frame: Frame) -> dict[int, str]:
    """Return row → round time, for the rows nearest to round times."""
    return {frame.row(ns): format_time(ns) for ns in TIMES if frame.bottom <= math.log2(ns) <= frame.top}


def _size_labels(frame: Frame) -> dict[int, str]:
    """Return column → value, at powers of two (or even parts) that are far enough apart to be read."""
    if not frame.axis.logarithmic:
        parts = [frame.left + (frame.right - frame.left) * part / PARTS for part in range(PARTS + 1)]
        return {frame.column(value): frame.axis.write(value) for value in parts}
    powers = range(math.ceil(frame.left), math.floor(frame.right) + 1)
    step = max(math.ceil(12 * max(len(powers), 1) / frame.columns), 1)
    return {frame.column(2.0**power): frame.axis.write(2.0**power) for power in powers if power % step == 0}


def _place(labels: Mapping[int, str], columns: int) -> str:
    """Return one line with each label begun at its column, those left out that would touch the one before."""
    line = ""
    for column, label in sorted(labels.items()):
        start = MARGIN + min(column, columns - len(label))
        if start > len(line) or not line:
            line = line.ljust(start) + label
    return line
