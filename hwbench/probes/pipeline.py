"""How many simple instructions the core does in a cycle, and how far it looks ahead while it waits for memory.

Width: independent instructions without a loop in their way, in several mixes, since additions alone are limited by the
adders and loads by the ports to memory; the best mix is the width. Loads, stores and branches are also counted alone.
Window: two chases through memory in one loop, with N other instructions after each load. While both loads are within
what the core looks ahead, a turn costs one miss; when the second is too far behind the first, it costs two. The largest
N that costs less than one and a half is as much as fits between them. What the fillers are decides which store fills up
first: integer and vector additions by turns share out the registers, so that the reorder buffer is what is left; integer
additions need a register each, loads a place in the load buffer, stores one in the store buffer; additions that wait for
the miss before them stay in the scheduler until it is over, and the second miss needs a place there too.
Fooled by: a busy second thread on the same core, with which these stores are shared out (often by halves), so that a
virtual machine may see half of one day what it sees whole on another; a miss so short that the fillers take as long; several schedulers, of
which the first to be full may stop the rest, and queues in front of them, which count with them.
Source: Wong, Measuring Reorder Buffer Capacity (blog.stuffedcow.net, 2013); Fog, Microarchitecture, chapters on each CPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hwbench import stats
from hwbench.catalog.pipeline import ACCESSES, BRANCHES, FILLERS, MIXES, WORDS, starts
from hwbench.catalog.rings import aligned_words, link
from hwbench.measure import results
from hwbench.measure.chases import Field, best_field, scattered
from hwbench.probes import Known, probe
from hwbench.probes.levels import doubt_of_memory
from hwbench.probes.spot import footprint_of
from hwbench.records import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hwbench.catalog.rings import Words
    from hwbench.measure.bench import Bench, Case, Samples
    from hwbench.measure.results import Found

SOME_FILLERS: Final = (8, 16, 24, 32, 48, 64, 80, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 800, 1000)
FEWEST: Final = SOME_FILLERS[0]
ALONE: Final = "one miss alone"
TOO_FAR: Final = 1.5  # times what a turn costs when its two misses overlap: half-way to two misses
CLOSE_ENOUGH: Final = 0.03
SHORTEST_MISS: Final = 150  # cycles: a shorter one is over before a window of several hundred has filled
NOT_HERE: Final = "not written for this instruction set"
RATES: Final = {
    "load.throughput": ("pipeline_loads", ACCESSES, "scalar loads that hit the first level, 96 a turn of the loop"),
    "store.throughput": ("pipeline_stores", ACCESSES, "scalar stores to two lines, 96 a turn of the loop"),
    "branch.taken.throughput": ("pipeline_taken", BRANCHES, "branches always taken, each to the next 16 bytes"),
    "branch.untaken.throughput": ("pipeline_untaken", BRANCHES, "branches never taken, side by side"),
}


@dataclass(frozen=True)
class Window:
    """A store that fills up with fillers of one kind, and how many of its places the loop itself takes."""

    fillers: str
    own: int
    text: str


WINDOWS: Final = {
    "core.window": Window("mixed", 3, "two misses, a jump, and"),
    "core.integer_registers": Window("adds", 2, "the results of two misses, and"),
    "load_buffer.entries": Window("loads", 2, "two misses, and"),
    "store_buffer.entries": Window("stores", 0, "between two misses"),
    "scheduler.entries": Window("waiting", 1, "the second of two misses, and"),
}


@probe(
    group="pipeline",
    quantities={"core.width": "op/s", **dict.fromkeys(RATES, "op/s")},
    seconds=0.6,
    order=56,
    processes=2,
)
def pipeline(bench: Bench, known: Known) -> Iterator[Found]:
    """Count the simple instructions of a cycle: the best mix of them, and loads, stores and branches alone."""
    words = aligned_words(8 * WORDS)
    if bench.variant.bind("pipeline_adds", (words,))(1) < 0:
        yield from (results.missing(name, "op/s", NOT_HERE) for name in ("core.width", *RATES))
        return
    mixes = [bench.c_case(name, f"pipeline_{name}", (words,), work=mix.instructions) for name, mix in MIXES.items()]
    alone = [
        bench.c_case(name, function, _inputs(function, words), work) for name, (function, work, _) in RATES.items()
    ]
    taken = bench.sample([*mixes, *alone], 0.5)
    best = min(MIXES, key=lambda name: taken[name].lower_cycles().value)
    method = f"simple independent instructions; the best of {len(MIXES)} mixes: {MIXES[best].text}"
    yield results.bandwidth("core.width", taken[best], unit="op/s", method=method)
    for name, (_, _, text) in RATES.items():
        yield results.bandwidth(name, taken[name], unit="op/s", method=text)


def _inputs(function: str, words: Words) -> tuple[Words, ...]:
    return (words,) if function in ("pipeline_loads", "pipeline_stores") else ()


@probe(
    group="pipeline",
    quantities=dict.fromkeys(WINDOWS, "entries"),
    curves=tuple(f"window_{window.fillers}" for window in WINDOWS.values()),
    seconds=1.9,
    order=57,
    after=("levels", "spot"),
    processes=3,
)
def window(bench: Bench, known: Known) -> Iterator[Found]:
    """Find how many instructions, results, loads, stores and waiting additions fit between two misses that overlap."""
    chases = _chases(bench, known)
    for name, kind in WINDOWS.items():
        if isinstance(chases, Unavailable):
            yield results.missing(name, "entries", chases)
        else:
            yield from chases.find(name, kind)


def _chases(bench: Bench, known: Known) -> Chases | Unavailable:
    footprint = footprint_of(bench, known, "dram.latency")
    ground = best_field(bench, footprint) if not isinstance(footprint, Unavailable) else footprint
    if isinstance(ground, Unavailable):
        return ground
    order = scattered(ground.buffer.bytes, ground.line)
    link(ground.buffer.words, order)
    chases = Chases(ground, starts(order))
    return Unavailable(reason=NOT_HERE) if chases.case("mixed", FEWEST).run(1) < 0 else chases


class Chases:
    """Two walks over one ring in memory, which every case goes on with: none meets what another has just brought near."""

    def __init__(self, ground: Field, positions: Words) -> None:
        self.bench, self.ground, self.positions = ground.bench, ground, positions

    def case(self, fillers: str, count: int) -> Case:
        """Return the case of so many fillers of a kind; its unit of work is a turn, of two misses."""
        arguments = (self.ground.buffer.words, self.positions, count)
        return self.bench.c_case(str(count), f"pipeline_window_{fillers}", arguments)

    def find(self, name: str, kind: Window) -> Iterator[Found]:
        """Find the number of fillers at which two misses no longer overlap."""
        alone = self.bench.c_case(ALONE, "chase_one", (self.ground.buffer.words, self.positions))
        taken = self.bench.sample([alone, *(self.case(kind.fillers, count) for count in SOME_FILLERS)], 0.2)
        costs = {count: taken[str(count)].lower() for count in SOME_FILLERS}
        yield results.curve(
            f"window_{kind.fillers}",
            [{"fillers": count, "ns": ns.value, "low": ns.low, "high": ns.high} for count, ns in costs.items()],
        )
        yield self._quantity(name, kind, taken, [(count, ns.value) for count, ns in costs.items()])

    def _quantity(self, name: str, kind: Window, taken: dict[str, Samples], costs: list[tuple[int, float]]) -> Found:
        miss = taken[ALONE].lower_cycles().value
        if miss < SHORTEST_MISS:
            reason = f"a miss takes {miss:.0f} cycles only: it is over before the core has looked as far as it can"
            return results.missing(name, "entries", reason)
        bounds = last_overlapping(costs, taken[ALONE].lower().value)
        if bounds is None:
            reason = f"the misses do not overlap even with {FEWEST} {FILLERS[kind.fillers]} between them"
            return results.missing(name, "entries", reason)
        last, beyond = bounds
        what = f"{kind.text} as many {FILLERS[kind.fillers]} as still let two misses overlap"
        if beyond is None:
            return results.at_least(name, "entries", last + kind.own, method=f"{what}: no limit seen")
        last, beyond = self._refined(kind.fillers, last, beyond)
        estimate = stats.Estimate(last + kind.own, last + kind.own, beyond + kind.own)
        doubt = doubt_of_memory(self.bench, self.ground.buffer.bytes)
        return results.estimated(
            name, "entries", estimate, method=what, caution=doubt if isinstance(doubt, str) else None
        )

    def _refined(self, fillers: str, last: int, beyond: int) -> tuple[int, int]:
        """Halve the gap between a number that fits and one that does not, each against the fewest in turn."""
        while beyond - last > max(1, CLOSE_ENOUGH * last):
            middle = (last + beyond) // 2
            taken = self.bench.sample([self.case(fillers, FEWEST), self.case(fillers, middle)], 0.02)
            fits = taken[str(middle)].lower().value < TOO_FAR * taken[str(FEWEST)].lower().value
            last, beyond = (middle, beyond) if fits else (last, middle)
        return last, beyond


def last_overlapping(costs: list[tuple[int, float]], alone: float) -> tuple[int, int | None] | None:
    """Return the last number of fillers whose turn costs less than one and a half misses, and the next (None: no more).

    `costs` holds (fillers, cost of a turn) in order, `alone` is what a miss costs by itself. A disturbance can make a turn
    dear, never cheap, so the last cheap one decides. None if not even the fewest fillers let two misses overlap.
    """
    fewest = min(cost for _, cost in costs[:3])
    cheap = [place for place, (_, cost) in enumerate(costs) if cost < TOO_FAR * fewest]
    if fewest >= TOO_FAR * alone:
        return None
    last = cheap[-1]
    return costs[last][0], costs[last + 1][0] if last + 1 < len(costs) else None
