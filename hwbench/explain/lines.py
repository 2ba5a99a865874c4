"""What every line of a bill is made of: measured seconds, prices of the profile, and how a line follows from both."""

from __future__ import annotations

from dataclasses import dataclass

from hwbench.records import BillLine, Cause, Grade, MachineProfile


@dataclass(frozen=True)
class Measured:
    """The measured seconds of one side at the explained size, net of starting up: wall, and what it is made of."""

    wall: float
    user: float
    system: float
    off_cpu: float
    parallel: float = 1.0


def price(profile: MachineProfile, name: str, default: float = 0.0) -> tuple[float, float, float]:
    """Return a price in ns with its bounds; the default where the profile has none."""
    quantity = profile.quantities.get(name)
    if quantity is None or quantity.value is None:
        return default, default, default
    low = quantity.low if quantity.low is not None else quantity.value
    high = quantity.high if quantity.high is not None else quantity.value
    return quantity.value, low, high


def hertz(profile: MachineProfile) -> float:
    """Return the core's frequency in hertz."""
    value, _, _ = price(profile, "core.frequency", 3e9)
    return value


def line(item: str, cause: Cause, count: float, seconds: tuple[float, float, float], grade: Grade) -> BillLine:
    """Return a line of the bill from its seconds (value, low, high); its price is seconds per event."""
    value, low, high = seconds
    each = value / count * 1e9 if count > 0 else 0.0
    return BillLine(item=item, cause=cause, count=count, price_ns=each, seconds=value, low=low, high=high, grade=grade)
