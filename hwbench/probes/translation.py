"""Address translation: entries of each data TLB level, what a miss costs, what a page walk costs, what huge pages gain.

One line a page, the line's place in its page turned from page to page so that cache sets do not conflict, chased in random
order (`spread`); and as many lines packed side by side (`packed`). The difference of the two is translation alone, since
both have the same number of lines in the same caches. It is flat while the first TLB holds all pages, steps up when it does
not (the last number of pages before the step is its number of entries), and up again beyond the second level (page walks).
The first level is filled with every fifth page, since some cores hold neighbouring pages in one entry.
Fooled by: a second-level cache that pages lying at random fill unevenly (hence the limit on footprints), set-associative
TLBs (a soft step: its interval is wide), a hypervisor that backs huge pages with base pages (huge pages then behave as base
pages do, which the figures show: `huge_pages.gain` near 1).
Source: Saavedra and Smith 1995; METHODS of Molka et al., ICPP 2015 (one line per page).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from hwbench import stats
from hwbench.measure import results
from hwbench.measure.chases import Field, field
from hwbench.probes import Known, probe
from hwbench.probes.levels import doubt_of_memory, share_of_two
from hwbench.records import Unavailable
from hwbench.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hwbench.measure.bench import Bench
    from hwbench.measure.results import Found

FIRST_COUNTS: Final = (8, 12, 16, 24, 32, 40, 48, 56, 64, 72, 80, 96, 112, 128, 160, 192, 224, 256)
SECOND_COUNTS: Final = (
    256,
    384,
    512,
    640,
    768,
    1024,
    1280,
    1536,
    1792,
    2048,
    2560,
    3072,
    3584,
    4096,
    5120,
    6144,
    8192,
    12288,
    16384,
)
APART: Final = 5  # pages: some cores (AMD since Zen) hold four contiguous ones in one entry, where they happen to be so
STEP_CYCLES: Final = (
    0.8  # a hit in a second-level TLB costs several cycles (7.1 on Zen 5); one page too many shows some of it
)
LEAVING: Final = (1.3, 2.0, 4.0)  # times the cost of a hit
SECOND_HUGE: Final = 1024  # entries, where nothing is claimed: what cores of the last ten years have at least
SOFT_STEP: Final = 1.6
SHARE_OF_SECOND: Final = 0.55
QUANTITIES: Final = {
    "dtlb.l1.entries": "entries",
    "dtlb.l1.miss_cost": "ns",
    "dtlb.l2.entries": "entries",
    "page_walk.cost": "ns",
}
HUGE_QUANTITIES: Final = {
    "dtlb.l1.entries_huge": "entries",
    "dtlb.l2.entries_huge": "entries",
    "huge_pages.gain": "ratio",
}
FAR_TURN: Final = 64 * 37  # in huge pages the lines of one set also differ in higher bits, which way predictors hash
SECONDS: Final = 0.008
STRETCH_NS: Final = 60_000


@probe(
    group="tlb",
    quantities=QUANTITIES | HUGE_QUANTITIES,
    curves=("tlb", "tlb_huge"),
    seconds=2.5,
    order=20,
    processes=2,
    after=("levels", "spot"),
)
def translation(bench: Bench, known: Known) -> Iterator[Found]:
    """Find the TLB's levels on base pages, then on huge ones."""
    page = bench.host.memory.base_page_bytes
    ground = field(bench, min(SECOND_COUNTS[-1] * page, bench.memory_bytes))
    if isinstance(ground, Unavailable):
        yield from (results.missing(name, unit, ground) for name, unit in QUANTITIES.items())
    else:
        yield from _base_pages(Pairs(ground, page), bench, most_pages(bench, known))
    del ground  # the huge pages may then take as much
    yield from _huge_pages(bench, known)


class Pairs:
    """Times the same number of lines spread (one a page) and packed; keeps what it measured."""

    def __init__(self, ground: Field, page: int) -> None:
        self.ground, self.page = ground, page
        self.taken: dict[int, tuple[stats.Estimate, stats.Estimate, stats.Estimate, stats.Estimate]] = {}

    @property
    def most(self) -> int:
        """The largest number of pages that fits."""
        return self.ground.buffer.bytes // self.page

    def cost(self, count: int) -> float:
        """Return the cycles that translation adds to a load over `count` pages."""
        return self._added(count, 0)

    def nanoseconds(self, count: int) -> float:
        """Return the ns that translation adds to a load over `count` pages."""
        return self._added(count, 2)

    def _added(self, count: int, unit: int) -> float:
        """Return spread less packed; either can be no dearer than the same over more pages, which takes off disturbances."""
        self._measure(count)
        larger = [row for other, row in self.taken.items() if other >= count]
        spread, packed = (min(row[unit + place].value for row in larger) for place in (0, 1))
        return spread - packed

    def _measure(self, count: int) -> None:
        if count not in self.taken:
            spread = self.ground.time(spread_order(count, self.page, self.ground.line), SECONDS, STRETCH_NS)
            packed = self.ground.time(packed_order(count, self.ground.line), SECONDS, STRETCH_NS)
            self.taken[count] = (spread.lower_cycles(), packed.lower_cycles(), spread.lower(), packed.lower())

    def points(self) -> list[dict[str, float]]:
        """Return what was measured as points of a curve."""
        return [
            {
                "pages": count,
                "spread_cycles": row[0].value,
                "packed_cycles": row[1].value,
                "cost_ns": row[2].value - row[3].value,
            }
            for count, row in sorted(self.taken.items())
        ]


def spread_order(count: int, page: int, line: int, seed: int = 1) -> np.ndarray:
    """Return word indices of one line in each of `count` pages in random order, at places that turn through the page."""
    pages = np.random.default_rng(seed).permutation(count).astype(np.int64)
    lines_a_page = page // line
    turn = pages + pages // 64 * FAR_TURN if lines_a_page > 64 else pages + pages // lines_a_page
    return (pages * page + turn % lines_a_page * line) // 8


def packed_order(count: int, line: int, seed: int = 1) -> np.ndarray:
    """Return word indices of `count` neighbouring lines in random order."""
    return np.random.default_rng(seed).permutation(count).astype(np.int64) * (line // 8)


def most_pages(bench: Bench, known: Known) -> int:
    """Return how many lines, one a page, stay in the second-level cache though pages fill its sets unevenly."""
    quantity = known.get("l2.capacity")
    return int((quantity.value if quantity and quantity.value else 1 << 20) * SHARE_OF_SECOND / bench.host.line_size)


def _base_pages(pairs: Pairs, bench: Bench, most: int) -> Iterator[Found]:
    nominal = {level: _claimed_entries(bench, level, pairs.page) for level in (1, 2)}
    apart = Pairs(pairs.ground, APART * pairs.page)
    first = first_step(apart.cost, [count for count in FIRST_COUNTS if count <= apart.most])
    if first is None:
        yield from (
            results.missing(name, unit, "no step: every page tried was translated at once")
            for name, unit in QUANTITIES.items()
        )
        return
    method = f"one line in every {APART}th page less as many lines packed: flat to {first} pages"
    yield results.estimated(
        "dtlb.l1.entries", "entries", stats.Estimate(first, first, first), method=method, nominal=nominal[1]
    )
    counts = [count for count in SECOND_COUNTS if 1.5 * first <= count <= min(pairs.most, most)]
    costs = stats.monotone([pairs.cost(count) for count in counts])
    calm = _second_plateau(costs)
    middle = float(np.median(costs[calm]))
    nanoseconds = float(np.median([pairs.nanoseconds(counts[index]) for index in calm]))
    yield _price(
        "dtlb.l1.miss_cost",
        nanoseconds,
        middle,
        f"second-level hit, over {counts[calm[0]]} to {counts[calm[-1]]} pages",
        costs[calm],
    )
    yield from _beyond_second(pairs, counts, costs, middle, nominal[2])
    yield results.curve("tlb", [*apart.points(), *pairs.points()])


def first_step(cost: Callable[[int], float], counts: list[int]) -> int | None:
    """Return the largest number of pages at which translation is still free; None if it always is. Bisected to the page.

    `cost(count)` is in cycles; free is what the smallest counts cost, and a step is at least 0.8 cycles beyond it, twice.
    """
    costs = [cost(count) for count in counts]
    free = float(np.median(costs[:4]))
    for index in range(1, len(counts)):
        if min(costs[index : index + 2]) > free + STEP_CYCLES:
            return _bisect(cost, counts[index - 1], counts[index], free + STEP_CYCLES / 2)
    return None


def _bisect(cost: Callable[[int], float], below: int, above: int, limit: float) -> int:
    while above - below > 1:
        middle = (below + above) // 2
        if cost(middle) < limit:
            below = middle
        else:
            above = middle
    return below


def _second_plateau(costs: np.ndarray) -> np.ndarray:
    """Return the indices of the flat stretch after the first step: what a hit in the second TLB costs."""
    starts = [*stats.change_points(np.log(np.maximum(costs, 0.1)), 2, 0.08), len(costs)]
    return np.arange(starts[0], starts[1])


def _beyond_second(
    pairs: Pairs, counts: list[int], costs: np.ndarray, hit: float, nominal: float | None
) -> Iterator[Found]:
    """Find where translations leave the second level, and what a walk costs there."""
    edges = [stats.crossing(counts, costs, factor * hit) for factor in LEAVING]
    if edges[1] is None:
        reason = f"no second step up to {counts[-1]} pages: the second-level TLB holds them, or there is not enough memory allowed"
        yield results.missing("dtlb.l2.entries", "entries", reason, nominal=nominal)
        yield results.missing("page_walk.cost", "ns", reason)
        return
    low, middle, high = (round(edge or counts[-1]) for edge in edges)
    soft = high > SOFT_STEP * low
    yield results.estimated(
        "dtlb.l2.entries",
        "entries",
        stats.Estimate(middle, low, high),
        method="the cost of a translation doubles (bounds: 1.3 times, 4 times that of a hit)",
        nominal=nominal,
        caution="a soft step: in a virtual machine the second-level TLB holds the hypervisor's translations too"
        if soft
        else None,
    )
    method = f"over {counts[-1]} pages, their lines in the second-level cache, less as many packed lines"
    yield _price("page_walk.cost", pairs.nanoseconds(counts[-1]), float(costs[-1]), method, costs[-2:])


def _price(name: str, nanoseconds: float, cycles: float, method: str, spread: np.ndarray) -> Found:
    share = nanoseconds / cycles if cycles else 0.0
    low, high = float(np.min(spread)), float(np.max(spread))
    in_cycles = stats.Estimate(cycles, min(low, cycles), max(high, cycles))
    return results.estimated(name, "ns", in_cycles.scaled(share), method=method, cycles=in_cycles)


def _huge_pages(bench: Bench, known: Known) -> Iterator[Found]:
    page = bench.host.memory.huge_page_bytes or 2 << 20
    nominal = _claimed_entries(bench, 1, page)
    wanted = 160 * page if bench.effort != "full" else 400 * page
    ground = field(bench, min(wanted, share_of_two(bench)), "huge")
    if isinstance(ground, Unavailable):
        yield results.missing("dtlb.l1.entries_huge", "entries", ground, nominal=nominal)
        yield _second_level_huge(bench, page)
        yield results.missing("huge_pages.gain", "ratio", ground)
        return
    pairs = Pairs(ground, page)
    first = first_step(pairs.cost, [count for count in FIRST_COUNTS if count <= pairs.most])
    if first is None:
        reason = f"no step up to {pairs.most} huge pages, the most that the memory allowed holds"
        yield results.missing("dtlb.l1.entries_huge", "entries", reason, nominal=nominal)
    else:
        method = f"one line a huge page less as many lines packed: flat to {first} pages"
        yield results.estimated(
            "dtlb.l1.entries_huge", "entries", stats.Estimate(first, first, first), method=method, nominal=nominal
        )
    yield results.curve("tlb_huge", pairs.points())
    yield _second_level_huge(bench, page)
    yield _gain(bench, ground)


def _second_level_huge(bench: Bench, page: int) -> Found:
    """Say why the second level's entries for huge pages are not counted."""
    nominal = _claimed_entries(bench, 2, page)
    needed = (nominal or SECOND_HUGE) * 2 * page
    reason = (
        f"to fill it takes {format_bytes(needed)} of huge pages, one line in each: more than a measurement should take"
    )
    return results.missing("dtlb.l2.entries_huge", "entries", reason, nominal=nominal)


def _gain(bench: Bench, huge: Field) -> Found:
    """Compare a random chase on base pages with the same on huge pages, interleaved."""
    doubt = doubt_of_memory(bench, huge.buffer.bytes)
    if isinstance(doubt, Unavailable):
        return results.missing("huge_pages.gain", "ratio", doubt)
    base = field(bench, huge.buffer.bytes)
    if isinstance(base, Unavailable):
        return results.missing("huge_pages.gain", "ratio", base)
    order = np.random.default_rng(5).permutation(huge.buffer.bytes // huge.line).astype(np.int64) * (huge.line // 8)
    taken = bench.sample([base.case("base", order), huge.case("huge", order)], 0.15, 1_000_000)
    ratio = taken["base"].lower().value / taken["huge"].lower().value
    paired = taken["base"].ns / taken["huge"].ns
    estimate = stats.Estimate(
        ratio, min(ratio, float(np.quantile(paired, 0.25))), max(ratio, float(np.quantile(paired, 0.75)))
    )
    return results.estimated(
        "huge_pages.gain",
        "ratio",
        estimate,
        method="random chase over memory: time on base pages / on huge pages, interleaved",
        caution=doubt,
        samples=paired,
    )


def _claimed_entries(bench: Bench, level: int, page: int) -> float | None:
    claims = [
        claim
        for claim in bench.host.tlbs
        if claim.level == level and claim.page_bytes == page and claim.kind != "instruction"
    ]
    return float(claims[0].entries) if claims else None
