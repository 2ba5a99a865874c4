"""Figures of an explanation as a person reads them: counts, shares, factors and seconds, short and with their intervals."""

from __future__ import annotations

from typing import Final

from hwbench.units import format_interval, format_time, significant

_COUNTS: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
WHOLE_BELOW: Final = 10_000
NANO: Final = 1e9


def count(value: float) -> str:
    """Write a count: whole and exact below ten thousand (4 000), then with three digits and a prefix (300 k, 1.45 G)."""
    if abs(value) < WHOLE_BELOW:
        return f"{value:,.0f}".replace(",", " ") if value == round(value) else significant(value)
    scale, prefix = next((scale, prefix) for scale, prefix in _COUNTS if abs(value) >= scale)
    text = significant(value / scale)
    return f"{text} {prefix}"


def size(n: float | None) -> str:
    """Write a problem's size in full: 1 000 000; empty where there is none."""
    if n is None:
        return ""
    return f"{n:,.0f}".replace(",", " ") if n == round(n) else significant(n)


def seconds(value: float) -> str:
    """Write seconds in the unit in which a person reads them: 49.5 ms."""
    return format_time(value * NANO)


def seconds_between(value: float, low: float | None, high: float | None) -> str:
    """Write seconds with their interval: 49.5 ms (45.1–54.0)."""
    bounds = [None if bound is None else bound * NANO for bound in (low, high)]
    return format_interval(value * NANO, bounds[0], bounds[1], "ns")


def percent(share: float) -> str:
    """Write a share: 82%, 9.3%, 0.4%; below a tenth of a percent only that it is so."""
    part = 100 * share
    if 0 < abs(part) < 0.1:
        return "<0.1%" if part > 0 else ">-0.1%"
    return f"{part:.0f}%" if abs(part) >= 10 or part == 0 else f"{part:.1f}%"


def percent_between(share: float, low: float, high: float) -> str:
    """Write a share with its interval: 82% (76–88); without it where the bounds say nothing more."""
    bounds = [str(round(100 * bound)) for bound in (low, high)]
    if low == high or bounds[0] == bounds[1]:
        return percent(share)
    middle = " to " if low < 0 else "–"
    return f"{percent(share)} ({middle.join(bounds)})"


def factor(value: float) -> str:
    """Write a factor: ×9.1; beyond a million either way by its power of ten."""
    return f"×{significant(value)}" if 1e-4 <= value < 1e6 else f"×{value:.1e}"


def plural(number: int, noun: str) -> str:
    """Write a number of things: 1 size, 3 sizes."""
    return f"{number} {noun}" + "s" * (number != 1)


def one_line(text: str) -> str:
    """Return a text on one line, without what would move a terminal's cursor."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def shortened(text: str, width: int) -> str:
    """Return a text no wider than `width`, its middle left out: both ends of a command tell it from others."""
    if len(text) <= width:
        return text
    if width < 8:
        return text[: max(width - 1, 0)] + "…"
    tail = (width - 1) // 2
    return text[: width - 1 - tail] + "…" + text[-tail:]


def listed(parts: list[str]) -> str:
    """Join parts as a sentence lists them: a, b and c."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + f" and {parts[-1]}" if parts else ""
