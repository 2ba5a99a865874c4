"""Spot prices: the dearest prices of a profile taken again, in the middle of other work, in some tens of milliseconds.

What memory costs on a shared host drifts by half within minutes, so who prices a run by it needs it as it was during that
run. `SpotTaker` prepares its memory once; every `take` then times a few short stretches of each chase and stream, at the
footprints that the profile's own figures were taken at and with their estimators (lower envelope, upper for rates), so
that a spot price and the profile's are the same quantity at two times.
Chases and streams go on from where the last take ended, so that they meet memory that was not touched for long; what is
priced inside a cache is walked a dozen times, untimed, before it is timed.

Fooled by: work that runs on this CPU at the same time (take between the timed runs, not during them), too little memory
(a price whose footprint does not fit is left out, with the reason in `unavailable`).
"""

from __future__ import annotations

import functools
import statistics
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from hwbench import native, stats
from hwbench.catalog.branch import outcomes_prepared, random_outcomes, repeated
from hwbench.catalog.pipeline import BRANCHES, MIXES, WORDS
from hwbench.catalog.rings import aligned_words
from hwbench.host.memory import available_bytes
from hwbench.measure.bench import Bench
from hwbench.measure.chases import ROUNDS_BEFORE, Field, Order, anywhere, best_field, field, scattered
from hwbench.measure.clock import make_ruler
from hwbench.probes.footprints import last_level, stream_memory
from hwbench.probes.spot import footprint_of
from hwbench.probes.translation import SECOND_COUNTS, most_pages, packed_order, spread_order
from hwbench.records import Unavailable
from hwbench.units import MIB, format_bytes

if TYPE_CHECKING:
    from hwbench.catalog.rings import Words
    from hwbench.native import Run
    from hwbench.records import MachineProfile, Quantity

Take = Callable[[], float]
SHARE_OF_FREE: Final = 3  # a third of the free memory at most: the programs under study need theirs
LEAST_MEMORY: Final = 64 * MIB
STRETCHES: Final = 7
NEAR_LOADS: Final = 10_000
FAR_LOADS: Final = 1_500
GUESSES: Final = 1 << 14
COINS: Final = 1 << 20
WIDE_TURNS: Final = 5_000  # of a loop of some tens of instructions
SLICES: Final = 8
SLICES_A_TAKE: Final = 3
SLICE_BYTES: Final = 8 * MIB
BEYOND_LAST: Final = 2  # times the last level: a slice comes again only when so much else has been through the caches
WALKED_PAGES_AT_LEAST: Final = 256


class SpotTaker:
    """Takes fresh prices of memory, cheaply: prepared once, then `take()` as often as is wanted.

    `names` are the prices that it can take, under the profile's names and in its units (ns, B/s, Hz); `unavailable` says
    of the others why not. It takes and keeps memory, at most a third of what is free: drop it when done.
    """

    def __init__(self, bench: Bench, known: Mapping[str, Quantity]) -> None:
        self.bench, self.known = bench, known
        self.unavailable: dict[str, Unavailable] = {}
        self._takes: dict[str, Take] = {"core.frequency": self._frequency}
        self._add(
            "core.width", self._simple(tuple((f"pipeline_{name}", mix.instructions) for name, mix in MIXES.items()))
        )
        self._add("branch.taken.throughput", self._simple((("pipeline_taken", BRANCHES),)))
        self._add("branch.mispredict_cost", self._misprediction())
        self._add("l3.latency", self._inside("l3.latency"))
        self._add("dram.latency", self._chase("dram.latency", scattered))
        self._add("dram.latency_random", self._chase("dram.latency_random", anywhere))
        self._add("page_walk.cost", self._walk())
        for name, take in self._streams().items():
            self._add(name, take)

    @property
    def names(self) -> tuple[str, ...]:
        """The prices that can be taken here."""
        return tuple(self._takes)

    def take(self) -> dict[str, float]:
        """Return every price as it is now: ns, B/s and Hz by name."""
        return {name: take() for name, take in self._takes.items()}

    def _add(self, name: str, take: Take | Unavailable) -> None:
        if isinstance(take, Unavailable):
            self.unavailable[name] = take
        else:
            self._takes[name] = take

    def _frequency(self) -> float:
        return max(self.bench.ruler.hertz() for _ in range(STRETCHES))

    def _simple(self, kernels: tuple[tuple[str, int], ...]) -> Take | Unavailable:
        """Return the act that counts simple instructions a second, with the best of some kernels.

        Not the best stretch but the middle one counts: what a neighbour on the core's other thread leaves is asked for.
        """
        words = aligned_words(8 * WORDS)
        mixes = [
            (self.bench.variant.bind(function, () if function == "pipeline_taken" else (words,)), count)
            for function, count in kernels
        ]
        if mixes[0][0](1) < 0:
            return Unavailable(reason="not written for this instruction set")
        best, count = min(mixes, key=lambda each: min(self._once(each[0], WIDE_TURNS) for _ in range(3)) / each[1])
        return lambda: count * 1e9 / statistics.median(self._once(best, WIDE_TURNS) for _ in range(STRETCHES))

    def _misprediction(self) -> Take:
        """Return the act that times a loop over fair coins less one over alternating outcomes, as the profile's probe does."""
        random, known = (
            self.bench.variant.bind("branch_conditional", outcomes_prepared(outcomes).arguments)
            for outcomes in (random_outcomes(COINS), repeated(np.array([0, 1], dtype=np.uint8), GUESSES))
        )  # both go on where they stopped: coins that came again soon would be learned

        def take() -> float:
            costs = [self._once(random, GUESSES) - self._once(known, GUESSES) for _ in range(STRETCHES)]
            return max(2 * statistics.median(costs), 0.0)

        return take

    def _ns(self, run: Run, repeats: int) -> float:
        """Return the undisturbed cost of a repeat over a few stretches, in ns."""
        return stats.lower_envelope([self._once(run, repeats) for _ in range(STRETCHES)]).value

    def _usual(self, run: Run, repeats: int) -> float:
        """Return the middle cost of a repeat over a few stretches, in ns: TLBs are shared out anew all the time."""
        return statistics.median(self._once(run, repeats) for _ in range(STRETCHES))

    def _once(self, run: Run, repeats: int) -> float:
        ruler = self.bench.ruler
        started = ruler.now()
        run(repeats)
        return max(ruler.now() - started - ruler.call_overhead_ns, 1.0) / repeats

    def _chase(self, name: str, order: Order) -> Take | Unavailable:
        """Return the act that times loads from memory, always going on along its ring."""
        footprint = footprint_of(self.bench, self.known, name)
        if isinstance(footprint, Unavailable):
            return footprint
        ground = field(self.bench, footprint) if order is anywhere else best_field(self.bench, footprint)
        if not isinstance(ground, Field):
            return ground
        run = ground.run(order(footprint, ground.line))
        return functools.partial(self._ns, run, FAR_LOADS)

    def _inside(self, name: str) -> Take | Unavailable:
        """Return the act that times loads from a cache, after one untimed walk of the ring."""
        footprint = footprint_of(self.bench, self.known, name)
        ground = best_field(self.bench, footprint) if not isinstance(footprint, Unavailable) else footprint
        if isinstance(footprint, Unavailable) or isinstance(ground, Unavailable):
            return Unavailable(reason=str(footprint if isinstance(footprint, Unavailable) else ground))
        return self._warm(ground, scattered(footprint, ground.line))

    def _warm(self, ground: Field, order: Words, cost: Callable[[Run, int], float] | None = None) -> Take:
        run, cost = ground.run(order), cost or self._ns

        def take() -> float:
            run(ROUNDS_BEFORE * order.size)
            return cost(run, NEAR_LOADS)

        return take

    def _walk(self) -> Take | Unavailable:
        """Return the act that times one line in each of many base pages less as many lines side by side."""
        page, line = self.bench.host.memory.base_page_bytes, self.bench.host.line_size
        most = min(most_pages(self.bench, self.known), self.bench.memory_bytes // page)
        count = max((count for count in SECOND_COUNTS if count <= most), default=0)
        second = self.known.get("dtlb.l2.entries")
        if count < WALKED_PAGES_AT_LEAST or (second is not None and second.value and count <= second.value):
            return Unavailable(reason=f"the lines of {count} pages fit in the second level: none of them needs a walk")
        spread, packed = field(self.bench, count * page), field(self.bench, count * line)
        if not isinstance(spread, Field) or not isinstance(packed, Field):
            return Unavailable(reason=f"{format_bytes(count * page)} of base pages could not be had")
        dear = self._warm(spread, spread_order(count, page, line), self._usual)
        cheap = self._warm(packed, packed_order(count, line), self._usual)
        return lambda: max(dear() - cheap(), 0.0)

    def _streams(self) -> dict[str, Take | Unavailable]:
        """Return the acts that read and write slices of one stretch of memory, one after the other."""
        last = last_level(self.bench, self.known)
        size = min(max(BEYOND_LAST * last, SLICES * SLICE_BYTES), self.bench.memory_bytes // 4)
        why = f"the last level ({format_bytes(last)}) may hold all of the {format_bytes(size)} that may be used"
        memory = stream_memory(size) if size > last else Unavailable(reason=why, remedy="free some memory")
        if isinstance(memory, Unavailable):
            return dict.fromkeys(("dram.read_bandwidth", "dram.write_bandwidth"), memory)
        words = min(SLICE_BYTES, size // SLICES) // 8 // 128 * 128
        places = range(0, memory.words.size - words + 1, words)
        reads = [self._stream("stream_load", memory.words[start : start + words]) for start in places]
        numbers = memory.words.view("float64")
        writes = [self._stream("stream_write", numbers[start : start + words], 3.0) for start in places]
        return {
            "dram.read_bandwidth": self._rate(reads, 8 * words),
            "dram.write_bandwidth": self._rate(writes, 8 * words),
        }

    def _stream(self, function: str, words: Words, *constants: float) -> Run:
        return self.bench.variant.bind(function, (words, words.size, *constants))

    def _rate(self, slices: list[Run], size: int) -> Take:
        """Return the act that moves the next few slices, each once, and gives the best rate in B/s."""
        turn = 0

        def take() -> float:
            nonlocal turn
            chosen = [slices[(turn + k) % len(slices)] for k in range(SLICES_A_TAKE)]
            turn += SLICES_A_TAKE
            return size * 1e9 / min(self._once(run, 1) for run in chosen)

        return take


def spot_taker(profile: MachineProfile, memory_bytes: int | None = None) -> SpotTaker | Unavailable:
    """Return a taker of the spot prices of this process's machine, whose profile is given; or why there can be none.

    It takes at most `memory_bytes`, by default a third of what is free now.
    """
    variant = native.best()
    if isinstance(variant, Unavailable):
        return variant
    free = available_bytes() or profile.host.memory.available_bytes
    allowed = max(free // SHARE_OF_FREE, LEAST_MEMORY) if memory_bytes is None else memory_bytes
    cpus = profile.host.usable_cpus or (0,)
    return SpotTaker(Bench(variant, make_ruler(variant), profile.host, "quick", cpus, allowed), profile.quantities)
