"""Where bandwidth is measured: how much of each level to stream through, from one core and from all of them.

At a cache level half of it, so that it stays there; of memory four times the last level, so that little is kept
(STREAM's own rule). A level's size is what this profile found of it, or else what the host claims.
Fooled by: a level that neighbours fill (its measured capacity is what counts), a level hardly larger than the one
before it (marked), too little memory for a large last level (marked).
Source: McCalpin, STREAM run rules.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hwbench.measure.buffers import Buffer, allocate
from hwbench.records import Unavailable
from hwbench.units import KIB, MIB, format_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwbench.measure.bench import Bench
    from hwbench.probes import Known

LEVELS: Final = ("l1d", "l2", "l3", "dram")
BEYOND_LAST_LEVEL: Final = 4  # STREAM: arrays at least four times the last-level cache
UNKNOWN_LAST_LEVEL: Final = 32 * MIB
BEYOND_INNER: Final = (
    1.5  # a stream over that many times a cache misses it: a line is forgotten when its turn comes again
)
PAGE: Final = 4 * KIB


@dataclass(frozen=True)
class Level:
    """Where to measure: `footprint` bytes for one core, of which `smallest` are needed to miss the next level in.

    `sharers` usable CPUs share the level; `caution` says what is doubtful.
    """

    name: str
    footprint: int
    smallest: int = 0
    sharers: int = 1
    caution: str | None = None

    @property
    def number(self) -> int:
        """1 to 3 for caches, 4 for memory."""
        return LEVELS.index(self.name) + 1


def levels_of(bench: Bench, known: Known) -> list[Level | Unavailable]:
    """Return the three cache levels and memory with the footprint of each, or why a level cannot be measured."""
    levels: list[Level | Unavailable] = []
    inner = 0.0
    for number in (1, 2, 3):
        capacity = _capacity(bench, known, number)
        if isinstance(capacity, Unavailable):
            levels.append(capacity)
            continue
        levels.append(_cache(bench, number, capacity, inner))
        inner = max(inner, capacity)
    memory, last = _dram(bench, known), last_level(bench, known)
    if memory.footprint > last:
        return [*levels, memory]
    within = (
        f"the last level ({format_bytes(last)}) may hold all of the {format_bytes(memory.footprint)} that may be used"
    )
    return [*levels, Unavailable(reason=within, remedy="allow more memory")]


def _capacity(bench: Bench, known: Known, number: int) -> float | Unavailable:
    """Return a level's capacity as measured, else as claimed."""
    name = f"{LEVELS[number - 1]}.capacity"
    measured, claim = known.get(name), bench.host.cache(number)
    if measured is not None and measured.value:
        return measured.value
    if claim is not None:
        return float(claim.bytes)
    reason = measured.unavailable if measured is not None else None
    return Unavailable(reason=f"{name} is not known: {reason or 'no such cache was found or is claimed'}")


def _cache(bench: Bench, number: int, capacity: float, inner: float) -> Level | Unavailable:
    """Size a cache level: half of it, if that is well beyond the next level in; else what lies between the two."""
    if capacity <= inner:
        return Unavailable(reason=f"no more answers at this level ({format_bytes(capacity)}) than at the one before it")
    smallest, caution = BEYOND_INNER * inner, None
    footprint = capacity / 2
    if footprint < smallest:
        footprint = min(smallest, (capacity * inner) ** 0.5)
        caution = (
            f"the level is little larger than the one before it: {format_bytes(inner)} of it may be answered there"
        )
    claim = bench.host.cache(number)
    shared = set(claim.shared_by) & set(bench.cpus) if claim else set()
    footprint = min(int(footprint), bench.memory_bytes // 2)
    return Level(LEVELS[number - 1], footprint, min(int(smallest), footprint), max(len(shared), 1), caution)


def last_level(bench: Bench, known: Known) -> int:
    """Return the largest cache that is claimed or was found; 32 MiB where nothing is known."""
    claims = [claim.bytes for claim in bench.host.caches if claim.kind != "instruction"]
    found = [int(known[name].value or 0) for name in ("l1d.capacity", "l2.capacity", "l3.capacity") if name in known]
    return max([*claims, *found], default=0) or UNKNOWN_LAST_LEVEL


def _dram(bench: Bench, known: Known, cores: int = 1) -> Level:
    """Size the stretch of memory of each of so many cores: all beyond their last levels, within what may be taken."""
    last = last_level(bench, known) * (_last_levels(bench) if cores > 1 else 1)
    wanted = BEYOND_LAST_LEVEL * last
    total = min(wanted, bench.memory_bytes * 3 // 4)
    caution = None
    if total < wanted:
        caution = f"only {total / last:.1f} times the last level ({format_bytes(last)}): caches may answer a part"
    return Level("dram", max(total // cores // PAGE * PAGE, PAGE), caution=caution)


def _last_levels(bench: Bench) -> int:
    """Return how many last-level caches the usable cores have, as far as the host says."""
    outermost = max(bench.host.caches, key=lambda claim: claim.level, default=None)
    if outermost is None:
        return 1
    sharers = max(len(outermost.shared_by), 1)
    return max(outermost.instances or len(bench.cpus) // sharers, 1)


def stream_memory(size: int) -> Buffer | Unavailable:
    """Return memory on huge pages where they can be had, else on base pages, touched."""
    memory = allocate(size, "huge") or allocate(size, "base")
    if isinstance(memory, Buffer):
        memory.words[:] = 1
    return memory


def pages_of(memory: Buffer) -> str:
    """Say what kind of pages a buffer lies on."""
    return "huge pages" if memory.pages == "huge" else "base pages (no huge pages to be had)"


def shares_of(bench: Bench, known: Known, levels: Sequence[Level]) -> list[Level]:
    """Return, level by level, what each core streams through when all of them do."""
    cores = len(bench.cpus)
    return [_dram(bench, known, cores) if level.name == "dram" else _share(level, cores) for level in levels]


def _share(level: Level, cores: int) -> Level:
    """Divide a level among the cores that share it, marked where each must take more than its share."""
    among = min(level.sharers, cores)
    footprint = max(level.footprint // among, level.smallest, PAGE)
    if footprint * among <= 2 * level.footprint:
        return replace(level, footprint=footprint)
    crowded = f"{among} cores overfill it with {format_bytes(footprint)} each; their own caches hold less"
    return replace(level, footprint=footprint, caution="; ".join(filter(None, (level.caution, crowded))))
