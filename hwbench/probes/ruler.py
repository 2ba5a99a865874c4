"""The ruler itself: what the clock resolves and costs, how fast the core runs, and how fast the time-stamp counter ticks.

Measured first and saved with the result. The core's frequency is that of a chain of dependent additions (one a cycle on every
core we know); the time-stamp counter is compared with the operating system's clock over a fixed stretch.
Fooled by: turbo (the frequency is that of this core alone, now), interruptions (upper envelope of many short chains).
"""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Final

import numpy as np

from hwbench import stats
from hwbench.measure import results
from hwbench.measure.clock import costs
from hwbench.probes import Known, probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hwbench.measure.bench import Bench
    from hwbench.measure.results import Found

CHAINS: Final = 400
TSC_SECONDS: Final = 0.1
TSC_READINGS: Final = 9


@probe(
    group="ruler",
    quantities={
        "clock.resolution": "ns",
        "clock.read_cost": "ns",
        "kernel.call_cost": "ns",
        "core.frequency": "Hz",
        "tsc.frequency": "Hz",
        "tsc.per_core_cycle": "ratio",
    },
    seconds=0.4,
    order=0,
)
def ruler(bench: Bench, known: Known) -> Iterator[Found]:
    """Measure the clock, the core's frequency and the time-stamp counter."""
    now, facts = bench.ruler.now, bench.ruler.facts
    step = stats.Estimate(facts.resolution_ns, facts.resolution_ns, facts.resolution_ns)
    yield results.estimated("clock.resolution", "ns", step, method=f"smallest step between readings of {facts.name}")
    nothing = functools.partial(bench.variant.bind("clock_nothing", ()), 1)
    for name, act, method in (
        ("clock.read_cost", now, "15 batches of 200 readings, lower envelope"),
        ("kernel.call_cost", nothing, "calling a C kernel that does nothing, 15 batches of 200, lower envelope"),
    ):
        yield results.estimated(name, "ns", stats.lower_envelope(costs(now, act)), method=method)
    hertz = np.array([bench.ruler.hertz() for _ in range(CHAINS)])
    bench.hertz_seen.extend(hertz)
    frequency = stats.upper_envelope(hertz)
    frequency = stats.Estimate(frequency.value, min(frequency.low, float(np.quantile(hertz, 0.25))), frequency.high)
    cpu = bench.host.cpu
    yield results.estimated(
        "core.frequency",
        "Hz",
        frequency,
        method="chains of dependent additions, one a cycle, upper envelope",
        nominal=cpu.maximum_hertz or cpu.nominal_hertz,
        samples=hertz,
    )
    yield from _timestamp(bench, frequency.value)


def _timestamp(bench: Bench, core_hertz: float) -> Iterator[Found]:
    lib = bench.variant.lib
    if lib.cpu_timestamp() == 0:
        for name, unit in (("tsc.frequency", "Hz"), ("tsc.per_core_cycle", "ratio")):
            yield results.missing(name, unit, "this machine has no time-stamp counter that programs can read")
        return
    rates = np.array([_ticks_per_second(bench) for _ in range(TSC_READINGS)])
    nominal = bench.host.cpu.tsc_hertz or float(lib.cpu_timestamp_hertz()) or None
    estimate = stats.median(rates)
    yield results.estimated(
        "tsc.frequency",
        "Hz",
        estimate,
        method=f"against {bench.ruler.facts.name}, median of {TSC_READINGS} stretches",
        nominal=nominal,
        samples=rates,
    )
    yield results.estimated(
        "tsc.per_core_cycle",
        "ratio",
        estimate.scaled(1 / core_hertz),
        method="time-stamp counter ticks in one core cycle: not 1, so never count cycles with it",
    )


def _ticks_per_second(bench: Bench) -> float:
    lib, now = bench.variant.lib, bench.ruler.now
    started, first = now(), lib.cpu_timestamp()
    time.sleep(TSC_SECONDS * min(bench.scale, 1) / TSC_READINGS)
    ended, last = now(), lib.cpu_timestamp()
    return float((last - first) * 1e9 / (ended - started))
