"""How many loads are in flight at once, at each level of the hierarchy.

k chases over one ring, started at places far apart, in one loop: the loads of different chases do not wait for each other.
The cost of a load falls as 1/k until the core's queues (line-fill buffers, miss queues) are full; memory-level parallelism
is where it saturates: the cost with one chase over the lowest cost with many. How many page walks a second are done is
the same over one line a page, of more pages than the TLBs hold, so that every load needs a walk; it is given as a rate,
since the cost of one walk alone depends on what neighbours leave in the caches between two loads.
Fooled by: beyond about thirteen chases the positions live in memory instead of registers, which costs first-level hits
beside misses (nothing next to a miss to the third level); bandwidth, which caps what many chases can get.
Source: METHODS of lmbench's par_mem; Chou, Fahs, Abraham, ISCA 2004 (the term).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from hwbench import stats
from hwbench.measure import results
from hwbench.measure.bench import MAXIMUM_SAMPLES
from hwbench.measure.chases import Field, best_field, evictor, field, scattered
from hwbench.probes import Known, probe
from hwbench.probes.levels import doubt_of_memory
from hwbench.probes.spot import footprint_of
from hwbench.probes.translation import packed_order, spread_order
from hwbench.records import Unavailable
from hwbench.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hwbench.measure.bench import Bench, Case
    from hwbench.measure.results import Found

LEVELS: Final = ("l2", "l3", "dram")
CHAINS: Final = {
    "quick": (1, 8, 16, 32),
    "default": (1, 2, 4, 6, 8, 10, 12, 16, 20, 24, 28, 32),
    "full": tuple(range(1, 33)),
}
STRETCH_NS: Final = 500_000
STILL_RISING: Final = 0.95
EVICTED_SAMPLES: Final = 15
WALK_CHAINS: Final = (4, 6, 8, 10, 12, 16)
WALKED_PAGES: Final = 8192  # their lines take half a MiB, which stays in the caches where it was walked just before
BEYOND_TLB: Final = 3  # times its entries: fewer pages leave a part of the loads to it
CLEARLY_FASTER: Final = 0.9


@probe(
    group="parallelism",
    quantities={f"{level}.mlp": "loads" for level in LEVELS},
    curves=tuple(f"mlp_{level}" for level in LEVELS),
    seconds=1.5,
    order=32,
    after=("levels", "spot"),
)
def parallelism(bench: Bench, known: Known) -> Iterator[Found]:
    """Find the memory-level parallelism towards each level beyond the first."""
    for level in LEVELS:
        footprint = footprint_of(bench, known, f"{level}.latency")
        ground = best_field(bench, footprint) if not isinstance(footprint, Unavailable) else footprint
        if isinstance(ground, Unavailable) or isinstance(footprint, Unavailable):
            yield results.missing(f"{level}.mlp", "loads", str(ground))
        else:
            evict = evictor(bench, footprint // 2) if level == "dram" else None
            if isinstance(evict, Unavailable):
                yield results.missing(f"{level}.mlp", "loads", evict)
            else:
                yield from _one_level(bench, ground, level, evict)


def _one_level(bench: Bench, ground: Field, level: str, evict: Callable[[], object] | None) -> Iterator[Found]:
    """Chase a level with growing numbers of chains in turn; for memory, what the other cases left is evicted each time."""
    order = scattered(ground.buffer.bytes, ground.line)
    cases = [replace(ground.parallel(str(chains), order, chains), before=evict) for chains in CHAINS[bench.effort]]
    taken = bench.sample(cases, 0.4, STRETCH_NS, at_most=MAXIMUM_SAMPLES if evict is None else EVICTED_SAMPLES)
    costs = {chains: taken[str(chains)] for chains in CHAINS[bench.effort]}
    yield results.curve(
        f"mlp_{level}",
        [
            {
                "chains": chains,
                "ns": s.lower().value,
                "low": s.lower().low,
                "high": s.lower().high,
                "cycles": s.lower_cycles().value,
            }
            for chains, s in costs.items()
        ],
    )
    doubt = doubt_of_memory(bench, ground.buffer.bytes) if level == "dram" else None
    best = min((chains for chains in costs), key=lambda chains: costs[chains].lower().value)
    gain = costs[1].lower().value / costs[best].lower().value
    paired = costs[1].ns / costs[best].ns
    low, high = float(np.quantile(paired, 0.25)), float(np.quantile(paired, 0.75))
    rising = best == max(costs) and costs[best].lower().value < STILL_RISING * costs[sorted(costs)[-2]].lower().value
    more = ": still rising, at least" if rising else ""
    method = f"one chase over {best} at once{more}, {format_bytes(ground.buffer.bytes)} on {ground.buffer.pages} pages"
    yield results.estimated(
        f"{level}.mlp",
        "loads",
        stats.Estimate(gain, min(low, gain), max(high, gain)),
        method=method,
        caution=doubt if isinstance(doubt, str) else None,
        samples=paired,
    )


@probe(
    group="parallelism",
    quantities={"page_walk.throughput": "op/s"},
    curves=("mlp_walks",),
    seconds=0.4,
    order=33,
    after=("translation",),
)
def walks(bench: Bench, known: Known) -> Iterator[Found]:
    """Find how many loads that each need a page walk are done in a second, many at once."""
    page = bench.host.memory.base_page_bytes
    count = min(WALKED_PAGES, bench.memory_bytes // 2 // page)
    second = known.get("dtlb.l2.entries")
    held = (second.value or second.nominal or 0.0) if second is not None else 0.0
    spread = field(bench, count * page) if count >= BEYOND_TLB * held else too_few_pages(count, held)
    packed = field(bench, count * bench.host.line_size)
    if isinstance(spread, Unavailable) or isinstance(packed, Unavailable):
        reason = str(spread if isinstance(spread, Unavailable) else packed)
        yield results.missing("page_walk.throughput", "op/s", reason)
        return
    far, near = spread_order(count, page, spread.line), packed_order(count, packed.line)
    cases = [_warmed(spread.parallel(f"spread {chains}", far, chains), count) for chains in WALK_CHAINS]
    cases += [_warmed(packed.parallel(f"packed {chains}", near, chains), count) for chains in WALK_CHAINS]
    taken = bench.sample(cases, 0.3)
    rows = {chains: (taken[f"spread {chains}"], taken[f"packed {chains}"]) for chains in WALK_CHAINS}
    yield results.curve(
        "mlp_walks",
        [
            {"chains": chains, "ns": one.lower().value, "packed_ns": other.lower().value}
            for chains, (one, other) in rows.items()
        ],
    )
    best = min(rows, key=lambda chains: rows[chains][0].lower().value)
    unwalked = min(packed.lower().value for _, packed in rows.values())
    is_limit = rows[best][0].lower().value * CLEARLY_FASTER > unwalked
    yield results.bandwidth(
        "page_walk.throughput",
        rows[best][0],
        unit="op/s",
        method=f"{best} chases at once, a line in each of {count} base pages ({unwalked:.2g} ns a load side by side)",
        caution=None if is_limit else "no slower than without walks: at least so many",
    )


def _warmed(case: Case, loads: int) -> Case:
    """Return the case with a whole round of its ring, untimed, before every sample."""
    return replace(case, before=partial(case.run, max(loads // int(case.work), 1)))


def too_few_pages(count: int, held: float) -> Unavailable:
    """Return why so many pages say nothing of walks."""
    reason = f"{count} pages, the most that the memory allowed holds, are too few beside the TLB's {held:.0f} entries"
    return Unavailable(reason=reason, remedy="allow more memory")
