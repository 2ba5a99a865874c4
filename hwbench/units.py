"""Units as this project writes them: bytes, nanoseconds, core cycles, bytes per second; and how a person reads them.

Sizes use binary prefixes (KiB, MiB: IEC 80000-13), rates decimal ones (GB/s), as the field does.
"""

from __future__ import annotations

import datetime
import re
from typing import Final

from hwbench.errors import UsageError

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB
NANOSECONDS: Final = 1_000_000_000

_BINARY: Final = ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB"))
_DECIMAL: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_TIMES: Final = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"))
COUNTED: Final = ("entries", "ways", "outcomes", "streams", "targets")
_SIZE: Final = re.compile(r"\s*(\d{1,15}(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*", re.IGNORECASE)


def time_stamp() -> str:
    """Return this moment as records write it: ISO 8601, in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def significant(value: float, digits: int = 3) -> str:
    """Write a number with so many significant digits, and never in exponent form."""
    if value == 0:
        return "0"
    text = f"{value:.{digits}g}"
    if "e-" in text:
        places = digits - 1 - int(text.partition("e")[2])
        return f"{value:.{places}f}".rstrip("0")
    return f"{float(text):,.0f}".replace(",", " ") if "e" in text else text


def format_bytes(count: float) -> str:
    """Write a size: 48 KiB, 1.5 MiB."""
    for scale, name in _BINARY:
        if abs(count) >= scale:
            return f"{significant(count / scale, 4)} {name}"
    return f"{significant(count, 4)} B"


def format_rate(per_second: float, unit: str = "B/s") -> str:
    """Write a rate: 98.2 GB/s."""
    for scale, prefix in _DECIMAL:
        if abs(per_second) >= scale:
            return f"{significant(per_second / scale)} {prefix}{unit}"
    return f"{significant(per_second)} {unit}"


def format_time(nanoseconds: float) -> str:
    """Write a duration given in nanoseconds: 0.98 ns, 2.4 µs, 13 ms."""
    for scale, name in _TIMES:
        if abs(nanoseconds) >= scale:
            return f"{significant(nanoseconds / scale)} {name}"
    return f"{significant(nanoseconds)} ns"


def scale(value: float, unit: str) -> tuple[float, str]:
    """Return the divisor and the name of the unit in which a person reads a value: (1e9, "GB/s") for 98.2e9 B/s."""
    size = abs(value)
    if unit == "B":
        return next(((scale, name) for scale, name in _BINARY if size >= scale), (1, "B"))
    if unit == "ns":
        return next(((scale, name) for scale, name in _TIMES if size >= scale), (1, "ns"))
    if unit == "Hz" or unit.endswith("/s"):
        return next(((scale, prefix + unit) for scale, prefix in _DECIMAL if size >= scale), (1, unit))
    return 1, unit


def format_value(value: float, unit: str) -> str:
    """Write a value in the unit in which a person reads it: 98.2 GB/s, 47.9 KiB, 72 entries."""
    divisor, name = scale(value, unit)
    return f"{_written(value / divisor, unit)} {name}".rstrip()


def format_interval(value: float, low: float | None, high: float | None, unit: str) -> str:
    """Write a value and its interval in one unit: 1.04 ns (1.03–1.06); no interval where it says nothing more.

    A value of zero has no unit of its own, and takes that of its upper bound: 0 ms (0–13.4).
    """
    divisor, name = scale(value or high or 0.0, unit)
    bounds = [_written(bound / divisor, unit) for bound in (low, high) if bound is not None]
    text = f"{_written(value / divisor, unit)} {name}".rstrip()
    return f"{text} ({bounds[0]}–{bounds[1]})" if len(set(bounds)) == 2 else text


def _written(number: float, unit: str) -> str:
    """Write counts whole, sizes with four significant digits, all else with three."""
    if unit in COUNTED:
        return str(round(number))
    return significant(number, 4 if unit == "B" else 3)


def per_cycle(unit: str) -> str:
    """Return the unit of the same figure in core cycles: cycles for ns, B/cycle for B/s."""
    return f"{unit[:-2]}/cycle" if unit.endswith("/s") else "cycles"


def parse_bytes(text: str) -> int:
    """Read a size as a person writes it (512M, 2GiB, 65536) into bytes; prefixes are binary."""
    match = _SIZE.fullmatch(text)
    if not match:
        raise UsageError(f"{text!r} is not a size: write it as 512M, 2GiB or 65536")
    return int(float(match[1]) * 1024 ** " KMGT".index(match[2].upper() or " "))
