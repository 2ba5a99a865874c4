"""What else the machine is doing: time stolen by the hypervisor and time taken by other processes, over a short while.

Two readings of /proc/stat (or psutil's) some tenths of a second apart; our own time and our children's are taken off.
Fooled by: readings so close that a tick (10 ms) weighs much; hypervisors that do not report steal.
Source: proc_stat(5).
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hwbench.records import Unavailable

if TYPE_CHECKING:
    from hwbench.host.text import Files

TICKS_PER_SECOND: Final = 100
SAMPLE_SECONDS: Final = 0.3


@dataclass(frozen=True)
class Reading:
    """CPU seconds of the whole machine since it started, those of this process, and when they were read."""

    busy: float
    stolen: float
    own: float
    at: float


@dataclass(frozen=True)
class Activity:
    """CPUs' worth of time, over `seconds`: stolen by the hypervisor, and used by other processes."""

    stolen: float
    others: float
    seconds: float


def parse_stat(text: str, ticks: int = TICKS_PER_SECOND) -> tuple[float, float] | None:
    """Return the busy and the stolen CPU seconds of /proc/stat, or None where it says nothing."""
    line = next((line for line in text.splitlines() if line.startswith("cpu ")), "")
    fields = line.split()[1:]
    if len(fields) < 4 or not all(field.isascii() and field.isdigit() and len(field) < 20 for field in fields):
        return None
    user, nice, system, _idle, _waiting, *rest = [int(field) / ticks for field in [*fields, "0"]]
    interrupts = sum(rest[:2])
    return user + nice + system + interrupts, rest[2] if len(rest) > 2 else 0.0


def read_now(files: Files) -> Reading | None:
    """Return the counters now, from /proc/stat, else from psutil; None where neither tells."""
    found = parse_stat(files.text("proc/stat"), _ticks()) or _psutil_times()
    own = os.times()
    used = own.user + own.system + own.children_user + own.children_system
    return Reading(found[0], found[1], used, time.monotonic()) if found else None


def _ticks() -> int:
    try:
        return os.sysconf("SC_CLK_TCK")
    except (AttributeError, OSError, ValueError):
        return TICKS_PER_SECOND


def _psutil_times() -> tuple[float, float] | None:
    try:
        import psutil  # noqa: PLC0415 - a fallback: where it fails to import, there is no figure

        times = psutil.cpu_times()
        return float(times.user + times.system + getattr(times, "nice", 0.0)), float(getattr(times, "steal", 0.0))
    except Exception:  # psutil raises what the platform raises
        return None


def between(first: Reading | None, second: Reading | None) -> Activity | Unavailable:
    """Return what went on between two readings."""
    if first is None or second is None:
        return Unavailable(reason="this system does not tell what its CPUs do")
    seconds = second.at - first.at
    if seconds <= 0:
        return Unavailable(reason="the two readings of the CPUs' time were taken at once")
    stolen = max(second.stolen - first.stolen, 0.0) / seconds
    others = max((second.busy - first.busy) - (second.own - first.own), 0.0) / seconds
    return Activity(stolen=stolen, others=others, seconds=seconds)


def rest_until(first: Reading | None, seconds: float = SAMPLE_SECONDS) -> None:
    """Sleep until so many seconds have passed since the first reading."""
    if first is not None:
        time.sleep(max(first.at + seconds - time.monotonic(), 0.0))
