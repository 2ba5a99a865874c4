"""The ruler: what the clock can resolve, what reading it costs, and how fast the core runs now.

The core's frequency comes from a chain of dependent register additions, one cycle each on every core we know, timed beside
every sample: the time-stamp counter ticks at its own constant rate and says nothing of it.
Fooled by: an interruption inside the chain (it then seems slow: the faster of two neighbouring readings is taken), cores
that fold additions of small constants (the chain adds a register).
Source: Intel SDM vol. 3, 18.17 (invariant TSC); uops.info (ADD R64, R64: latency 1).
"""

from __future__ import annotations

import functools
import math
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from hwbench.records import ClockFacts

if TYPE_CHECKING:
    from collections.abc import Callable

    from hwbench.native import Run, Variant

ADDS_PER_REPEAT: Final = 256
MINIMUM_TICKS: Final = 1000
CHAIN_NS: Final = 40_000


@dataclass(frozen=True)
class Ruler:
    """A clock with what is known of it, and the add chain that gives the core's frequency.

    `chain_extra_ns` is what timing a chain takes beyond its additions.
    """

    now: Callable[[], int]
    facts: ClockFacts
    adds: Run
    chain_repeats: int
    chain_extra_ns: float = 0.0

    @property
    def shortest_stretch_ns(self) -> float:
        """The shortest time that may be trusted: 1,000 ticks of the clock and 1,000 times what reading it costs."""
        return MINIMUM_TICKS * max(self.facts.resolution_ns, self.facts.read_ns, self.facts.call_ns / 10)

    @property
    def call_overhead_ns(self) -> float:
        """What stands in every timed stretch besides the kernel: one reading of the clock and one call."""
        return self.facts.read_ns + self.facts.call_ns

    def hertz(self) -> float:
        """Time one add chain: the core's frequency now, in hertz (low if it was interrupted)."""
        started = self.now()
        self.adds(self.chain_repeats)
        took = self.now() - started - self.chain_extra_ns
        return self.chain_repeats * ADDS_PER_REPEAT * 1e9 / max(took, 1.0)


def make_ruler(variant: Variant, now: Callable[[], int] = time.perf_counter_ns, name: str = "") -> Ruler:
    """Measure the clock itself and return it as a ruler."""
    adds, nothing = variant.bind("clock_adds", (1,)), variant.bind("clock_nothing", ())
    read = _smallest_cost(now, now)
    facts = ClockFacts(
        name=name or time.get_clock_info("perf_counter").implementation,
        resolution_ns=_smallest_step(now),
        read_ns=read,
        call_ns=_smallest_cost(now, functools.partial(nothing, 1)),
    )
    repeats = _repeats_for(adds, now, max(CHAIN_NS, MINIMUM_TICKS * facts.resolution_ns / 4))
    return Ruler(now, facts, adds, repeats, chain_extra(adds, now, repeats))


def chain_extra(adds: Run, now: Callable[[], int], repeats: int, readings: int = 25) -> float:
    """Return what timing a chain costs beyond its additions, in ns: twice a chain less one of twice the length.

    The least of several readings of each, taken in turn; never below none nor above a twentieth of the chain, since a
    change of the core's frequency between them would otherwise pass for it.
    """
    single, double = math.inf, math.inf
    for _ in range(readings):
        started = now()
        adds(repeats)
        between = now()
        adds(2 * repeats)
        ended = now()
        single, double = min(single, between - started), min(double, ended - between)
    return min(max(2 * single - double, 0.0), single / 20)


def _smallest_step(now: Callable[[], int], readings: int = 2000) -> float:
    """Return the smallest difference in ns, other than none, between readings of the clock."""
    times = [now() for _ in range(readings)]
    steps = {later - earlier for earlier, later in pairwise(times)} - {0}
    common = sorted(steps)
    gaps = [second - first for first, second in pairwise(common)]
    return float(min([*gaps, *common[:1]] or [1]))


def costs(now: Callable[[], int], act: Callable[[], object], batch: int = 200, batches: int = 15) -> list[float]:
    """Return the time in ns of one `act` in each of so many batches."""
    taken = []
    for _ in range(batches):
        started = now()
        for _ in range(batch):
            act()
        taken.append((now() - started) / batch)
    return taken


def _smallest_cost(now: Callable[[], int], act: Callable[[], object], batch: int = 200, batches: int = 15) -> float:
    """Return the least time in ns of one `act`, over batches."""
    return min(costs(now, act, batch, batches))


def _repeats_for(run: Run, now: Callable[[], int], wanted_ns: float) -> int:
    """Return how many repeats of `run` take at least the wanted time."""
    repeats = 16
    while True:
        started = now()
        run(repeats)
        took = now() - started
        if took >= wanted_ns or repeats >= 1 << 40:
            return repeats
        repeats = max(
            repeats * 2, int(repeats * 1.1 * wanted_ns / max(took, 1)) if took > wanted_ns / 10 else repeats * 4
        )
