"""From raw samples to named quantities: the one place that says which estimator a figure of each kind takes.

Latencies and prices: the lower envelope, in ns and core cycles. Bandwidths and rates: the upper envelope (a roof is what the
machine can do undisturbed), reaching down to the median. Counts and sizes: what the probe decided, with its own bounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from hwbench import stats
from hwbench.records import Point, Quantity, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from hwbench.measure.bench import Samples
    from hwbench.stats import Estimate

SAMPLE_DIGITS = 5


class Found(msgspec.Struct, frozen=True, omit_defaults=True):
    """One result of a probe: a quantity or a curve, by name."""

    name: str
    quantity: Quantity | None = None
    curve: tuple[Point, ...] | None = None


def price(
    name: str, samples: Samples, *, method: str, nominal: float | None = None, caution: str | None = None
) -> Found:
    """Return a cost per unit of work in ns and cycles: the lower envelope of the samples."""
    return estimated(
        name,
        "ns",
        samples.lower(),
        method=method,
        cycles=samples.lower_cycles(),
        nominal=nominal,
        caution=caution,
        samples=samples.ns,
    )


def bandwidth(
    name: str,
    samples: Samples,
    *,
    method: str,
    unit: str = "B/s",
    nominal: float | None = None,
    caution: str | None = None,
) -> Found:
    """Return a rate from samples whose unit of work is a byte (or FLOP, …): the upper envelope, down to the median."""
    rates = 1e9 / samples.ns
    per_cycle = 1 / samples.cycles
    return estimated(
        name,
        unit,
        _roof(rates),
        method=method,
        cycles=_roof(per_cycle),
        nominal=nominal,
        caution=caution,
        samples=rates,
    )


def _roof(rates: NDArray[np.float64]) -> Estimate:
    envelope = stats.upper_envelope(rates)
    return stats.Estimate(envelope.value, min(float(np.median(rates)), envelope.value), envelope.high)


def price_difference(
    name: str, dearer: Samples, cheaper: Samples, *, method: str, per: float = 1.0, caution: str | None = None
) -> Found:
    """Return the cost of what `dearer` does beyond `cheaper`, divided by `per` events a unit of work, in ns and cycles.

    The difference of two lower envelopes; its bounds are the differences of their crossed bounds.
    """
    ns, cycles = (
        _envelope_gap(dearer.lower(), cheaper.lower()),
        _envelope_gap(dearer.lower_cycles(), cheaper.lower_cycles()),
    )
    return estimated(
        name,
        "ns",
        ns.scaled(1 / per),
        method=method,
        cycles=cycles.scaled(1 / per),
        caution=caution,
        samples=dearer.ns / per,
    )


def _envelope_gap(dearer: Estimate, cheaper: Estimate) -> Estimate:
    value = dearer.value - cheaper.value
    return stats.Estimate(value, min(value, dearer.low - cheaper.high), max(value, dearer.high - cheaper.low))


def estimated(
    name: str,
    unit: str,
    estimate: Estimate,
    *,
    method: str,
    cycles: Estimate | None = None,
    nominal: float | None = None,
    caution: str | None = None,
    samples: Iterable[float] = (),
) -> Found:
    """Return a quantity from an estimate that the probe made itself."""
    return Found(
        name,
        Quantity(
            unit=unit,
            value=estimate.value,
            low=estimate.low,
            high=estimate.high,
            cycles=cycles.value if cycles else None,
            cycles_low=cycles.low if cycles else None,
            cycles_high=cycles.high if cycles else None,
            nominal=nominal,
            method=method,
            caution=caution,
            samples=tuple(float(f"{sample:.{SAMPLE_DIGITS}g}") for sample in samples),
        ),
    )


def at_least(name: str, unit: str, value: float, *, method: str) -> Found:
    """Return a quantity of which only a lower bound was seen: its interval is open above."""
    return Found(name, Quantity(unit=unit, value=value, low=value, high=None, method=method))


def missing(name: str, unit: str, reason: Unavailable | str, *, nominal: float | None = None) -> Found:
    """Return a quantity that could not be measured, with the reason."""
    return Found(name, Quantity(unit=unit, nominal=nominal, unavailable=str(reason)))


def curve(name: str, points: Iterable[dict[str, Any]]) -> Found:
    """Return a curve: points of named numbers."""
    return Found(name, curve=tuple({key: float(value) for key, value in point.items()} for point in points))
