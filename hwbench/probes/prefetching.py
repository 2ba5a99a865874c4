"""What the hardware prefetchers follow: how many streams, how long a stride, and whether they cross a page.

All with dependent loads over memory, so that without a prefetcher every line costs the full latency: k sequential streams
whose lines take turns; one chain at a constant stride; and pages read line by line, in order of pages or in random order.
Every round of a ring starts with the caches emptied of it, or it would meet what the last one left. A cost below half of the
memory latency means that it was followed.
Fooled by: the line next to a missed one, which some cores fetch along (a stride of two lines then looks half followed).
Source: Intel Optimization Reference Manual, E.3.4 (data prefetchers); AMD Software Optimization Guide (L1/L2 prefetchers).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hwbench import stats
from hwbench.measure import results
from hwbench.measure.bench import Case
from hwbench.measure.chases import ROUNDS_BEFORE, Field, best_field, evictor
from hwbench.probes import Known, probe
from hwbench.probes.levels import largest_footprint
from hwbench.probes.spot import footprint_of
from hwbench.records import Unavailable
from hwbench.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hwbench.measure.bench import Bench, Samples
    from hwbench.measure.results import Found

STREAMS: Final = (1, 2, 4, 8, 16, 24, 32, 48, 64, 128)
STRIDE_LINES: Final = (1, 2, 3, 4, 6, 8, 16, 32, 64, 128)
STAGGER_LINES: Final = 16
QUANTITIES: Final = {
    "prefetch.sequential_latency": "ns",
    "prefetch.streams": "streams",
    "prefetch.longest_stride": "B",
    "prefetch.page_crossing_gain": "ratio",
}
SEQUENTIAL: Final = {"l2.sequential_latency": "l2.latency", "l3.sequential_latency": "l3.latency"}
ROUND_LINES: Final = 65536


@dataclass(frozen=True)
class Ground:
    """A field, and an act that empties the caches of it."""

    field: Field
    evict: Callable[[], object]

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return self.field.buffer.bytes // self.field.line

    def cost(self, order: np.ndarray) -> Samples:
        """Time single rounds of a ring that the caches do not hold."""
        return self.field.cold(order, self.evict)


@probe(
    group="prefetch",
    quantities=QUANTITIES,
    curves=("prefetch_streams", "prefetch_strides"),
    seconds=1.0,
    order=34,
    after=("levels", "spot"),
    quick=False,
)
def prefetching(bench: Bench, known: Known) -> Iterator[Found]:
    """Find how many streams and which strides are fetched ahead, and whether page boundaries stop that."""
    memory = known.get("dram.latency")
    terrain = best_field(bench, largest_footprint(bench))
    evict = evictor(bench, largest_footprint(bench) // 2)
    if isinstance(terrain, Unavailable) or isinstance(evict, Unavailable) or memory is None or memory.value is None:
        reason = next(
            (str(each) for each in (terrain, evict) if isinstance(each, Unavailable)), "the memory latency is not known"
        )
        yield from (results.missing(name, unit, reason) for name, unit in QUANTITIES.items())
        return
    ground = Ground(terrain, evict)
    yield from _streams(ground, memory.value / 2)
    yield from _strides(ground, memory.value / 2)
    yield _page_crossing(ground)


@probe(
    group="prefetch",
    quantities=dict.fromkeys(SEQUENTIAL, "ns"),
    seconds=0.2,
    order=35,
    after=("levels", "spot"),
)
def sequential(bench: Bench, known: Known) -> Iterator[Found]:
    """Time a chain of loads through neighbouring lines that a cache holds: nearer than its latency says, where fetched ahead."""
    for name, latency in SEQUENTIAL.items():
        footprint = footprint_of(bench, known, latency)
        ground = footprint if isinstance(footprint, Unavailable) else best_field(bench, footprint)
        if isinstance(ground, Unavailable) or isinstance(footprint, Unavailable):
            yield results.missing(name, "ns", ground if isinstance(ground, Unavailable) else "no footprint")
            continue
        visits = np.arange(footprint // ground.line, dtype=np.int64) * (ground.line // 8)
        case = ground.case(name, visits)
        walk = functools.partial(case.run, ROUNDS_BEFORE * visits.size)
        taken = bench.sample([Case(name, case.run, before=walk)], 0.1)
        method = f"a chain of loads through neighbouring lines of {format_bytes(footprint)}, in order"
        yield results.price(name, taken[name], method=method)


def streams_order(streams: int, count: int, lines: int, line: int) -> np.ndarray:
    """Return `count` word indices that visit line after line of several streams in turn, which lie apart in `lines` lines.

    They start a few lines off an even distance, so that they do not all meet in one set of a cache.
    """
    starts = np.arange(streams, dtype=np.int64) * (lines // streams) + np.arange(streams) * 3 % STAGGER_LINES
    along = np.arange(min(count, lines) // streams - STAGGER_LINES, dtype=np.int64)
    return (along[:, None] + starts[None, :]).reshape(-1) * (line // 8)


def _streams(ground: Ground, half: float) -> Iterator[Found]:
    line = ground.field.line
    samples = {streams: ground.cost(streams_order(streams, ROUND_LINES, ground.lines, line)) for streams in STREAMS}
    costs = {streams: sample.lower().value for streams, sample in samples.items()}
    yield results.price(
        "prefetch.sequential_latency",
        samples[1],
        method="a chain of loads through neighbouring lines of memory, in order",
    )
    yield results.curve("prefetch_streams", [{"streams": streams, "ns": cost} for streams, cost in costs.items()])
    method = f"so many sequential streams in turn still cost under half of the memory latency ({half:.0f} ns) a line"
    yield _reach("prefetch.streams", "streams", longest_run(costs, half), method, "not even one sequential stream")


def _strides(ground: Ground, half: float) -> Iterator[Found]:
    line = ground.field.line
    costs = {stride: ground.cost(stride_order(stride, ground.lines, line)).lower().value for stride in STRIDE_LINES}
    yield results.curve(
        "prefetch_strides", [{"stride_bytes": stride * line, "ns": cost} for stride, cost in costs.items()]
    )
    method = f"a chain of loads at every stride up to it costs under half of the memory latency ({half:.0f} ns)"
    yield _reach(
        "prefetch.longest_stride", "B", longest_run(costs, half) * line, method, "not even a stride of one line"
    )


def _reach(name: str, unit: str, reach: int, method: str, nothing: str) -> Found:
    if not reach:
        return results.missing(
            name, unit, f"{nothing} costs under half of the memory latency: nothing is fetched ahead"
        )
    return results.estimated(name, unit, stats.Estimate(reach, reach, reach), method=method)


def stride_order(stride: int, lines: int, line: int) -> np.ndarray:
    """Return word indices `stride` lines apart, a round's worth at most."""
    return np.arange(min(lines // stride, ROUND_LINES), dtype=np.int64) * (stride * line // 8)


def longest_run(costs: Mapping[int, float], limit: float) -> int:
    """Return the last key of the unbroken run, from the first on, of costs under the limit; 0 if there is none."""
    last = 0
    for key, cost in costs.items():
        if cost >= limit:
            break
        last = key
    return last


def _page_crossing(ground: Ground) -> Found:
    """Compare lines in order within pages, the pages in order against the pages at random."""
    line, page = ground.field.line, 4096
    pages = min(ground.field.buffer.bytes // page, ROUND_LINES * line // page)
    within = np.arange(page // line, dtype=np.int64) * (line // 8)
    ordered = np.arange(pages, dtype=np.int64) * (page // 8)
    shuffled = np.random.default_rng(3).permutation(ordered)
    inside, outside = (
        ground.cost((starts[:, None] + within[None, :]).reshape(-1)).lower() for starts in (ordered, shuffled)
    )
    ratio = outside.value / inside.value
    return results.estimated(
        "prefetch.page_crossing_gain",
        "ratio",
        stats.Estimate(ratio, min(ratio, outside.low / inside.high), max(ratio, outside.high / inside.low)),
        method=f"lines in order in {format_bytes(page)} pages: pages at random / pages in order; 1 if prefetching stops at every page",
    )
