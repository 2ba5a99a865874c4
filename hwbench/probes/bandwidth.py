"""Bandwidth of each cache level and of memory: read, write, copy, triad and more, at every vector width.

Arrays are streamed in order, as in STREAM; at a cache level they fill half of it together, so that they stay; in memory
they are four times the last level (STREAM's own rule), so that little of them does. The levels are sized by what this
profile found of them, or else by what the host claims. A figure is that of the best vector width, which is not always
the widest. Bytes are those the program moves: 8 a word read or written. A write that misses usually costs a read of the
line as well, which is not counted; stores around the caches ("streaming") save it. To read is to load into registers or
to sum, whichever is faster: an addition that waits for its word costs a place in a queue, which is felt from the third
level on. With all cores, each runs pinned on memory that it touched first itself; the sum of bytes is divided by the
time from the first start to the last end. A level shared between cores is divided among them.

Fooled by: a last level that neighbours fill (its figure is then nearer to memory's; a level that is not faster than the
next one is marked), a footprint that is too small for a large last level where memory is short (marked), small pages.
Source: McCalpin, STREAM (1995); Treibig, Hager, Wellein, likwid-bench (2011).

Curve `bandwidth`, points of {level, operation, vector_bits, cores, bytes_per_second, low, high, bytes_per_cycle}: level
1 to 3 are caches, 4 is memory; operation is the index in OPERATIONS, named in `records.machine`: 0 read, 1 write,
2 copy, 3 triad, 4 scale, 5 add, 6 streaming write, 7 streaming copy, 8 load. Cycles are those of one core.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hwbench import native
from hwbench.measure import results
from hwbench.measure.bench import MINIMUM_SAMPLES, Case, Samples
from hwbench.measure.buffers import Buffer
from hwbench.measure.pinning import Member, run_together
from hwbench.probes import Known, probe
from hwbench.probes.footprints import LEVELS, Level, levels_of, pages_of, shares_of, stream_memory
from hwbench.records import Unavailable
from hwbench.units import format_bytes, format_rate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from hwbench.measure.bench import Bench
    from hwbench.measure.results import Found
    from hwbench.native import Variant
    from hwbench.records import Point, Quantity


@dataclass(frozen=True)
class Operation:
    """A stream kernel: the quantity it gives, its arrays, and the numbers between them and the count of words."""

    quantity: str
    function: str
    arrays: int
    constants: tuple[float, ...] = ()
    around: bool = False

    @property
    def verb(self) -> str:
        """Say in words what it does to memory."""
        verbs = {"stream_read": "sum", "stream_load": "load into registers"}
        return verbs.get(self.function, self.quantity.replace("_", " "))

    def arguments(self, words: NDArray[np.int64], size: int) -> tuple[Any, ...]:
        """Return the kernel's arguments over the first `size` bytes of a buffer, less its repeats."""
        count = size // 8 // self.arrays // BLOCK_WORDS * BLOCK_WORDS
        typed = words if self.function in ("stream_read", "stream_load") else words.view(np.float64)
        arrays = [typed[place * count : (place + 1) * count] for place in range(self.arrays)]
        return (
            (arrays[0], count, *self.constants)
            if self.arrays == 1 and self.constants
            else (*arrays, *self.constants, count)
        )

    def bytes(self, size: int) -> int:
        """Return the bytes that a pass over `size` bytes moves."""
        return 8 * self.arrays * (size // 8 // self.arrays // BLOCK_WORDS * BLOCK_WORDS)


BLOCK_WORDS: Final = 128  # one turn of the widest kernel, so that no words are left over
OPERATIONS: Final = (
    Operation("read", "stream_read", 1),
    Operation("write", "stream_write", 1, (3.0,)),
    Operation("copy", "stream_copy", 2),
    Operation("triad", "stream_triad", 3, (0.5,)),
    Operation("scale", "stream_scale", 2, (0.5,)),
    Operation("add", "stream_add", 3),
    Operation("streaming_write", "stream_write_around", 1, (3.0,), around=True),
    Operation("streaming_copy", "stream_copy_around", 2, around=True),
    Operation("read", "stream_load", 1),
)
READ, WRITE, COPY, TRIAD = OPERATIONS[:4]
LOAD: Final = OPERATIONS[-1]
ON_CURVE_ONLY: Final = ("scale", "add")
TOGETHER_NS: Final = 10_000_000  # threads start some 0.1 ms apart: long beside that
ROUNDS_TOGETHER: Final = 9
WARM_PASSES: Final = 2  # what the case before it left behind, changed lines above all, is gone after that
SECONDS_A_CASE: Final = 0.035  # a hundred stretches
SECONDS_DRAM_CASE: Final = 0.07  # a pass takes some 5 ms there
QUICK_FACTOR: Final = 2.5  # all but undoes the quick effort's scale: nearly as long a case, for an eighth of the cases

QUANTITIES: Final = {
    **{f"{level}.{name}_bandwidth": "B/s" for level in LEVELS for name in ("read", "write", "copy", "triad")},
    **{f"dram.{name}_bandwidth": "B/s" for name in ("streaming_write", "streaming_copy")},
    **{f"{level}.read_bandwidth_all": "B/s" for level in LEVELS},
    **{f"dram.{name}_bandwidth_all": "B/s" for name in ("write", "copy", "triad")},
}


@dataclass(frozen=True)
class Trial:
    """One operation at one vector width."""

    operation: Operation
    variant: Variant
    case: Case


@dataclass(frozen=True)
class Place:
    """A level, the memory to stream through, and how the method names that memory."""

    level: Level
    words: NDArray[np.int64]
    pages: str


@probe(group="bandwidth", quantities=QUANTITIES, curves=("bandwidth",), seconds=7.0, order=30, after=("levels",))
def bandwidth(bench: Bench, known: Known) -> Iterator[Found]:
    """Find what each level and memory deliver, to one core and to all, from memory inwards."""
    levels = levels_of(bench, known)
    sized = [level for level in levels if isinstance(level, Level)]
    memory = stream_memory(max(level.footprint for level in sized))
    if isinstance(memory, Unavailable):
        yield from (results.missing(name, unit, memory) for name, unit in QUANTITIES.items())
        return
    points: list[Point] = []
    further: Quantity | None = None
    for name, level in zip(reversed(LEVELS), reversed(levels), strict=True):
        if isinstance(level, Unavailable):
            yield from _missing_level(name, level)
            continue
        for found in _one_core(bench, Place(level, memory.words, pages_of(memory)), further, points):
            further = found.quantity if found.name.endswith(".read_bandwidth") else further
            yield found
    if bench.effort != "quick":
        yield from _all_cores(bench, shares_of(bench, known, sized), points)
    yield results.curve("bandwidth", points)


# ── one core ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _one_core(bench: Bench, place: Place, further: Quantity | None, points: list[Point]) -> Iterator[Found]:
    """Measure a level's operations at all widths in turn; yield the best of each and add all to the curve."""
    cases = _cases(bench, place)
    seconds = len(cases) * (SECONDS_DRAM_CASE if place.level.name == "dram" else SECONDS_A_CASE)
    seconds *= QUICK_FACTOR if bench.effort == "quick" else 1
    taken = bench.sample([trial.case for trial in cases], seconds)
    best: dict[str, tuple[float, Trial]] = {}
    for trial in cases:
        rate = results.bandwidth("", taken[trial.case.name], method="").quantity
        points.append(_point(place.level, trial.operation, trial.variant.bits, 1, rate))
        name = trial.operation.quantity
        if name not in best or _value(rate) > best[name][0]:
            best[name] = _value(rate), trial
    for name, (_, trial) in best.items():
        if name not in ON_CURVE_ONLY:
            yield _best(place, trial, taken[trial.case.name], further)
    yield from _no_streaming_stores(bench, place.level)


def _cases(bench: Bench, place: Place) -> list[Trial]:
    """Return the cases of a level: every operation at every width; in a quick run only the main operations."""
    made = []
    for operation in (READ, WRITE, COPY, LOAD) if bench.effort == "quick" else OPERATIONS:
        if operation.around and (place.level.name != "dram" or not _streams(bench)):
            continue
        for variant in _variants(bench, operation):
            arguments = operation.arguments(place.words, place.level.footprint)
            name = f"{operation.function} {variant.name}"
            case = bench.c_case(name, operation.function, arguments, operation.bytes(place.level.footprint), variant)
            if place.level.name != "dram":
                case = replace(case, before=functools.partial(case.run, WARM_PASSES))
            made.append(Trial(operation, variant, case))
    return made


def _variants(bench: Bench, operation: Operation) -> list[Variant]:
    """Return the widths to try; in a quick run the widest, for reads the next too: some levels prefer it."""
    widths = [variant for variant in native.available() if variant.bits <= bench.variant.bits]
    if bench.effort != "quick":
        return widths
    return widths[-2:] if operation.quantity == "read" else widths[-1:]


def _streams(bench: Bench) -> bool:
    return bool(bench.variant.lib.cpu_has_streaming_store())


def _best(place: Place, trial: Trial, samples: Samples, further: Quantity | None) -> Found:
    """Return the quantity of the best width, with what is doubtful about it."""
    level, operation = place.level, trial.operation
    method = (
        f"{operation.verb} of {format_bytes(level.footprint)} on {place.pages}, "
        f"{_width(trial.variant)}, unrolled 16 times; bytes moved by the program; upper envelope"
    )
    name = f"{level.name}.{operation.quantity}_bandwidth"
    found = results.bandwidth(name, samples, method=method, caution=level.caution)
    slow = slower_than(found.quantity, further, level) if operation.quantity == "read" else ""
    if not slow:
        return found
    return results.bandwidth(name, samples, method=method, caution="; ".join(filter(None, (level.caution, slow))))


def slower_than(near: Quantity | None, far: Quantity | None, level: Level) -> str:
    """Return a caution if a level reads more slowly, beyond both intervals, than what lies behind it; else ""."""
    if near is None or far is None or near.high is None or far.low is None or near.high >= far.low:
        return ""
    rate = format_rate(far.value or 0)
    return (
        f"{level.name} is not faster than what lies behind it, which read at {rate}: another program may have filled it"
    )


def _width(variant: Variant) -> str:
    return "scalar registers" if variant.name == "scalar" else f"{variant.bits}-bit vectors"


def _value(quantity: Quantity | None) -> float:
    return quantity.value or 0.0 if quantity else 0.0


def _point(level: Level, operation: Operation, bits: int, cores: int, quantity: Quantity | None) -> Point:
    """Return a point of the curve; what was not measured is left out of it."""
    place = {"level": level.number, "operation": OPERATIONS.index(operation), "vector_bits": bits, "cores": cores}
    if quantity is None:
        return dict(place)
    figures = {
        "bytes_per_second": quantity.value,
        "low": quantity.low,
        "high": quantity.high,
        "bytes_per_cycle": quantity.cycles,
    }
    return {**place, **{name: figure for name, figure in figures.items() if figure is not None}}


def _missing_level(name: str, reason: Unavailable) -> Iterator[Found]:
    """Say of each of a level's quantities why it is not there."""
    for quantity, unit in QUANTITIES.items():
        if quantity.startswith(f"{name}."):
            yield results.missing(quantity, unit, reason)


def _no_streaming_stores(bench: Bench, level: Level) -> Iterator[Found]:
    if level.name == "dram" and bench.effort != "quick" and not _streams(bench):
        for operation in OPERATIONS:
            if operation.around:
                reason = Unavailable(reason="this CPU or build has no stores that go around the caches")
                yield results.missing(f"dram.{operation.quantity}_bandwidth", "B/s", reason)


# ── all cores ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _all_cores(bench: Bench, levels: Sequence[Level], points: list[Point]) -> Iterator[Found]:
    """Measure what all usable cores get together: reads at each level, and writes, copies and triads in memory."""
    cores = len(bench.cpus)
    wanted = [
        (level, one) for level in levels for one in ((READ, WRITE, COPY, TRIAD) if level.name == "dram" else (READ,))
    ]
    if cores < 2:
        alone = Unavailable(reason="one core only: nothing can run beside it")
        yield from (
            results.missing(f"{level.name}.{one.quantity}_bandwidth_all", "B/s", alone) for level, one in wanted
        )
        return
    memories = _memories(bench, levels)
    for level, wanted_operation in reversed(wanted):
        name = f"{level.name}.{wanted_operation.quantity}_bandwidth_all"
        if isinstance(memories, Unavailable):
            yield results.missing(name, "B/s", memories)
            continue
        operation, variant = _best_of_one(bench, points, level, wanted_operation)
        team = Team(variant, [memory.words for memory in memories])
        method = (
            f"{operation.verb} of {format_bytes(level.footprint)} on each of {cores} pinned cores at once, "
            f"{pages_of(memories[0])}, {_width(team.variant)}; all bytes, first start to last end; upper envelope"
        )
        found = results.bandwidth(name, _together(bench, operation, level, team), method=method, caution=level.caution)
        points.append(_point(level, operation, team.variant.bits, cores, found.quantity))
        yield found


def _best_of_one(
    bench: Bench, points: Sequence[Point], level: Level, operation: Operation
) -> tuple[Operation, Variant]:
    """Return the way and the vector width that were best for one core."""
    alike = {place for place, one in enumerate(OPERATIONS) if one.quantity == operation.quantity}
    tried = [point for point in points if point["level"] == level.number and point["operation"] in alike]
    best = max(tried, key=lambda point: point["bytes_per_second"])
    name = next(name for name, bits in native.VARIANT_BITS.items() if bits == best["vector_bits"])
    variant = native.load(name)
    return OPERATIONS[int(best["operation"])], variant if isinstance(variant, native.Variant) else bench.variant


@dataclass(frozen=True)
class Team:
    """The build variant that all cores run, and the memory of each."""

    variant: Variant
    stretches: Sequence[NDArray[np.int64]]


def _memories(bench: Bench, levels: Sequence[Level]) -> list[Buffer] | Unavailable:
    """Return one stretch of memory a core, touched first on that core, so that it lies near it."""
    size = max(level.footprint for level in levels)
    spells = run_together([Member(cpu, functools.partial(stream_memory, size)) for cpu in bench.cpus])
    made = [spell.result for spell in spells]
    refused = [one for one in made if isinstance(one, Unavailable)]
    return refused[0] if refused else [one for one in made if isinstance(one, Buffer)]


def _together(bench: Bench, operation: Operation, level: Level, team: Team) -> Samples:
    """Time rounds in which every core runs the operation on its own memory; a sample is ns a byte of all of them."""
    runs = [
        team.variant.bind(operation.function, operation.arguments(words, level.footprint)) for words in team.stretches
    ]
    moved = operation.bytes(level.footprint) * len(runs)
    repeats = _repeats(bench, runs[0], TOGETHER_NS)
    members = [Member(cpu, functools.partial(run, repeats)) for cpu, run in zip(bench.cpus, runs, strict=True)]
    rows = []
    for _ in range(max(MINIMUM_SAMPLES, int(ROUNDS_TOGETHER * bench.scale))):
        before = bench.ruler.hertz()
        spells = run_together(members, bench.ruler.now)
        took = max(spell.ended for spell in spells) - min(spell.started for spell in spells)
        rows.append((took / (repeats * moved), before, bench.ruler.hertz()))
    ns, hertz_before, hertz_after = np.asarray(rows).T
    return Samples(operation.quantity, ns, hertz_before, hertz_after, repeats, float(moved))


def _repeats(bench: Bench, run: native.Run, wanted_ns: float) -> int:
    """Return how many repeats take about the wanted time, after one to warm up."""
    repeats = 1
    while True:
        started = bench.ruler.now()
        run(repeats)
        took = max(bench.ruler.now() - started, 1)
        if took >= wanted_ns or repeats >= 1 << 30:
            return repeats
        repeats = max(repeats + 1, int(repeats * min(wanted_ns / took * 1.1, 16)))
