"""Spot prices of a dependent load at each level, taken side by side and again throughout a run.

One ring a level, each in memory of its own, at a footprint well inside the level that the levels probe found; the caches take
turns, and each ring is walked once, untimed, before its turn, since the others have been through the shared caches. Taken in
several worker processes spread over the run, the intervals show how much the outer levels drift: on shared hosts by half.
`dram.latency` is one load and no address translation: one line in four of 64 pages, then the next 64 (multichase's pattern,
its figure is directly comparable); `dram.latency_random` is a load anywhere on base pages, as a pointer-chasing program meets it.
Fooled by: neighbours (the interval, and caution), a frequency change (cycles use the clock beside each sample).
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Final

from hwbench.measure import results
from hwbench.measure.bench import Case
from hwbench.measure.chases import Field, Order, anywhere, best_field, dense, field, scattered
from hwbench.probes import Known, probe
from hwbench.probes.levels import doubt_of_memory, largest_footprint
from hwbench.records import Unavailable
from hwbench.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hwbench.measure.bench import Bench, Samples
    from hwbench.measure.results import Found

NEAR_STRETCH_NS: Final = 200_000
CLEAR_OF_SECOND: Final = (
    2.5  # below that, caches that do not replace the oldest line still answer from the second level
)
FAR_STRETCH_NS: Final = 2_000_000  # long enough that an envelope over stretches is not a stroke of luck
LATENCIES: Final = ("l1d.latency", "l2.latency", "l3.latency", "dram.latency", "dram.latency_random")


@probe(
    group="levels",
    quantities=dict.fromkeys(LATENCIES, "ns"),
    seconds=1.0,
    order=12,
    after=("levels",),
    processes=5,
)
def spot(bench: Bench, known: Known) -> Iterator[Found]:
    """Price a dependent load at each level, interleaved."""
    near: list[tuple[Case, str]] = []
    far: list[tuple[Case, str]] = []
    for name in LATENCIES:
        prepared = _prepare(bench, known, name)
        if isinstance(prepared, Unavailable):
            yield results.missing(name, "ns", prepared)
        else:
            (far if name.startswith("dram") else near).append(prepared)
    if near:
        yield from _prices(bench.sample([case for case, _ in near], 0.25, NEAR_STRETCH_NS), near)
    if far:
        doubt = doubt_of_memory(bench, largest_footprint(bench))
        caution = doubt if isinstance(doubt, str) else None
        for each in far:  # one after the other: in turns, each would find the page table evicted by the other
            yield from _prices(bench.sample([each[0]], 0.2, FAR_STRETCH_NS), [each], caution)


def _prices(
    samples: dict[str, Samples], prepared: list[tuple[Case, str]], caution: str | None = None
) -> Iterator[Found]:
    for case, method in prepared:
        yield results.price(case.name, samples[case.name], method=method, caution=caution)


def _prepare(bench: Bench, known: Known, name: str) -> tuple[Case, str] | Unavailable:
    footprint = footprint_of(bench, known, name)
    if isinstance(footprint, Unavailable):
        return footprint
    order = _order(name)
    ground = field(bench, footprint) if name == "dram.latency_random" else best_field(bench, footprint)
    if not isinstance(ground, Field):
        return ground
    visits = order(footprint, ground.line)
    case = ground.case(name, visits)
    walk = functools.partial(case.run, visits.size) if not name.startswith("dram") else None
    method = f"{order.__name__} chase over {format_bytes(footprint)} on {ground.buffer.pages} pages, lower envelope"
    return Case(name, case.run, before=walk), method


def _order(name: str) -> Order:
    if name == "dram.latency_random":
        return anywhere
    return dense if name in ("l1d.latency", "l2.latency") else scattered


def footprint_of(bench: Bench, known: Known, name: str) -> int | Unavailable:
    """Return the footprint in bytes that lies well inside the level of a latency, or why there is none."""
    first, second, third = (_capacity(bench, known, level) for level in ("l1d", "l2", "l3"))
    if name == "l1d.latency":
        return _lines(first / 2) if first else Unavailable(reason="the first level was not found")
    if name == "l2.latency":
        return (
            _lines(math.sqrt(first * second)) if first and second else Unavailable(reason="no second level was found")
        )
    if name == "l3.latency":
        if not second or not third or third < 1.5 * second:
            return Unavailable(
                reason="no third level answers now beyond the second: the machine has none, or neighbours hold it"
            )
        return _lines(min(max(math.sqrt(second * third), CLEAR_OF_SECOND * second), third))
    doubt = doubt_of_memory(bench, largest_footprint(bench))
    return doubt if isinstance(doubt, Unavailable) else largest_footprint(bench)


def _lines(size: float) -> int:
    return int(size) // 4096 * 4096


def _capacity(bench: Bench, known: Known, level: str) -> float | None:
    """Return a level's measured capacity, else (for the private levels) the claimed one."""
    quantity = known.get(f"{level}.capacity")
    if quantity is not None and quantity.value:
        return quantity.value
    claim = bench.host.cache({"l1d": 1, "l2": 2, "l3": 3}[level])
    return float(claim.bytes) if claim and level != "l3" else None
