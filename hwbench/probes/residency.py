"""How long a cache keeps what nobody touches, and whether cores that claim to share a cache do.

A footprint is walked twice to bring it in, then the core works in registers for a while (it does not sleep: a sleeping virtual
CPU gives its core away), then the footprint is walked once, timed. On a machine of one's own the wait changes nothing; where
neighbours stream through a shared cache, the lines are gone after a few milliseconds. So an outer-level price is a price at
a pace of return: `l2.residency` and `llc.residency` are the waits after which half of what is lost was lost.
Sharing: another core walks a footprint larger than its private caches, then this core walks the same lines; if the last cache
is shared they answer at its speed (`l3.shared_latency`), if not at that of memory or of a transfer between cores.
Fooled by: an inclusive or exclusive last level (the footprints lie well between the levels' capacities), first walks after a
wait that also refill TLBs (a walk is long enough that this is little), frequency changes while waiting.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import numpy as np

from hwbench import stats
from hwbench.measure import results
from hwbench.measure.chases import Field, best_field, scattered
from hwbench.measure.pinning import Member, run_together
from hwbench.probes import Known, probe
from hwbench.probes.spot import footprint_of
from hwbench.records import Unavailable
from hwbench.units import format_bytes, format_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hwbench.measure.bench import Bench
    from hwbench.measure.clock import Ruler
    from hwbench.measure.results import Found
    from hwbench.native import Run

WAITS_NS: Final = {
    "quick": (0, 1e6, 10e6),
    "default": (0, 0.1e6, 0.3e6, 1e6, 3e6, 10e6, 30e6),
    "full": (0, 0.03e6, 0.1e6, 0.3e6, 1e6, 2e6, 5e6, 10e6, 20e6, 50e6, 100e6),
}
ROUNDS: Final = {"quick": 3, "default": 7, "full": 15}
RISES: Final = 1.5  # a walk that costs half as much again has lost something; less is noise
LEVELS: Final = {"l2.residency": "l2.latency", "llc.residency": "l3.latency"}


@probe(
    group="residency",
    quantities=dict.fromkeys(LEVELS, "ns") | {"l3.shared_latency": "ns"},
    curves=("residency_l2", "residency_llc"),
    seconds=1.6,
    order=40,
    after=("levels", "spot"),
    quick=False,
)
def residency(bench: Bench, known: Known) -> Iterator[Found]:
    """Find how long the second and the last level keep a footprint, and whether the last is shared."""
    for name, latency in LEVELS.items():
        footprint = _kept_footprint(bench, known, latency)
        ground = best_field(bench, footprint) if not isinstance(footprint, Unavailable) else footprint
        if isinstance(ground, Unavailable) or isinstance(footprint, Unavailable):
            yield results.missing(name, "ns", str(ground))
        else:
            yield from _one_level(bench, ground, name, footprint, _known_ns(known, "dram.latency"))
    yield _shared(bench, known)


def _known_ns(known: Known, name: str) -> float | None:
    quantity = known.get(name)
    return quantity.value if quantity else None


def _kept_footprint(bench: Bench, known: Known, latency: str) -> int | Unavailable:
    """Return half of the second level, or a footprint well inside the last one."""
    capacity = known.get("l2.capacity")
    if latency == "l2.latency" and capacity is not None and capacity.value:
        return int(capacity.value / 2) // 4096 * 4096
    return footprint_of(bench, known, latency)


def _one_level(bench: Bench, ground: Field, name: str, footprint: int, memory_ns: float | None) -> Iterator[Found]:
    order = scattered(footprint, ground.line)
    walk = ground.run(order)
    waits = WAITS_NS[bench.effort]
    rows: dict[float, list[float]] = {wait: [] for wait in waits}
    for _ in range(ROUNDS[bench.effort]):
        for wait in waits:
            rows[wait].append(_after(bench.ruler, walk, order.size, wait))
    points = []
    for wait, row in rows.items():
        middle = stats.median(row)
        points.append({"bytes": footprint, "idle_ns": wait, "ns": middle.value, "low": middle.low, "high": middle.high})
    yield results.curve(name.replace("l2.residency", "residency_l2").replace("llc.residency", "residency_llc"), points)
    kept = min(min(row) for row in rows.values())
    gone = memory_ns or max(point["ns"] for point in points)
    walk_ns = kept * order.size
    estimate, note = half_life(
        [max(point["idle_ns"], walk_ns) for point in points], [point["ns"] for point in points], kept, gone
    )
    method = f"walks of {format_bytes(footprint)} after waits up to {format_time(waits[-1])}, median of {ROUNDS[bench.effort]}: {note}"
    if estimate.high > estimate.value or estimate.value < waits[-1]:
        yield results.estimated(name, "ns", estimate, method=method)
    else:
        yield results.at_least(name, "ns", estimate.value, method=method)


def _after(ruler: Ruler, walk: Run, steps: int, wait_ns: float) -> float:
    """Bring the footprint in, work in registers for so long, and return ns per load of one more walk."""
    walk(2 * steps)
    if wait_ns:
        spin(ruler, wait_ns)
    started = ruler.now()
    walk(steps)
    return (ruler.now() - started - ruler.call_overhead_ns) / steps


def spin(ruler: Ruler, wait_ns: float) -> None:
    """Keep the core busy in registers for at least so long."""
    until = ruler.now() + wait_ns
    while ruler.now() < until:
        ruler.adds(ruler.chain_repeats)


def half_life(waits: list[float], costs: list[float], kept: float, gone: float) -> tuple[stats.Estimate, str]:
    """Return the wait after which half of the loads are lost, and what was seen.

    `kept` and `gone` are the costs of a load that is still there and of one that must go to memory; the first wait is the
    time of a walk itself. Where less than half is lost after the longest wait, that wait is the lower bound and the value.
    """
    fit = stats.monotone(costs)
    shortest, longest = waits[0], waits[-1]
    level = {share: kept + share * (gone - kept) for share in (0.1, 0.5, 0.9)}
    if fit[0] >= level[0.5]:
        return stats.Estimate(shortest, 0.0, shortest), "half of it is lost within one walk: neighbours hold this cache"
    if fit[-1] < max(level[0.1], RISES * kept):
        return stats.Estimate(longest, longest, longest), "kept to the end: at least so long"
    early, middle, late = (stats.crossing(waits, fit, level[share]) for share in (0.1, 0.5, 0.9))
    if middle is None:
        lost = (fit[-1] - kept) / max(gone - kept, 1e-9)
        return stats.Estimate(longest, early or longest, longest), f"{lost:.0%} lost at the end: at least so long"
    return stats.Estimate(
        middle, min(early or shortest, middle), max(late or longest, middle)
    ), "half of it is lost by then"


def _shared(bench: Bench, known: Known) -> Found:
    name, unit = "l3.shared_latency", "ns"
    footprint = footprint_of(bench, known, "l3.latency")
    if isinstance(footprint, Unavailable):
        return results.missing(name, unit, footprint)
    if len(bench.cpus) < 2:
        return results.missing(name, unit, "needs a second CPU")
    ground = best_field(bench, footprint)
    if isinstance(ground, Unavailable):
        return results.missing(name, unit, ground)
    order = scattered(footprint, ground.line)
    walk = ground.run(order)
    rounds = [_walk_after_other(bench, walk, order.size) for _ in range(2 * ROUNDS[bench.effort])]
    method = f"CPU {bench.cpus[0]} reads {format_bytes(footprint)} that CPU {bench.cpus[1]} has just read"
    return results.estimated(name, unit, stats.lower_envelope(rounds), method=method, samples=rounds)


def _walk_after_other(bench: Bench, walk: Run, steps: int) -> float:
    """Let the second CPU walk the ring, then time a walk on the first; return ns per load."""
    here, other = bench.cpus[:2]
    run_together([Member(other, functools.partial(walk, 2 * steps))])

    def timed() -> float:
        started = bench.ruler.now()
        walk(steps)
        return (bench.ruler.now() - started) / steps

    spells = run_together([Member(here, timed)])
    return float(np.float64(spells[0].result))  # type: ignore[arg-type]
