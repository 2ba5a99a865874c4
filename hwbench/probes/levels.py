"""The levels of the memory hierarchy, found from latency curves alone: how many, how large, and their curves.

A chase over footprints from a few KiB to far beyond the last cache, in three orders (see hwbench.measure.chases): `latency`
(scattered: no prefetcher, no TLB misses) shows how many levels there are; `latency_dense` (every line used) where the first
two end; `latency_base` and `latency_huge` (random, on base and on huge pages) what a program meets.
Fooled by: neighbours that fill a shared cache (what is found is the part that answers now), page placement (the second
level is indexed physically: several processes are pooled), a second thread on the same core.
Source: Saavedra and Smith 1995 (IEEE ToC 44:10); the half-miss rule is explained in hwbench.probes.plateaus.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from hwbench import stats
from hwbench.measure import results
from hwbench.measure.chases import Field, anywhere, best_field, dense, field, scattered
from hwbench.probes import Known, probe
from hwbench.probes.plateaus import (
    LEVEL_RATIO,
    Plateau,
    cost_beyond,
    half_miss,
    nearest_cache_size,
    octave_grid,
    plateaus,
)
from hwbench.records import Unavailable
from hwbench.units import KIB, MIB, format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hwbench.measure.bench import Bench, Samples
    from hwbench.measure.buffers import Pages
    from hwbench.measure.results import Found
    from hwbench.stats import Estimate

SMALLEST: Final = 4 * KIB
CACHE_NAMES: Final = ("l1d", "l2", "l3")
BEYOND_LAST: Final = 8  # times the claimed last level: that much is surely memory
CLEAR_OF_LAST: Final = 4  # times the claimed last level: fewer leave a part of the loads to it
POINTS_PER_OCTAVE: Final = {"quick": 2, "default": 4, "full": 8}
PAGE_BYTES: Final = 4 * KIB
REFINEMENT: Final = (0.55, 0.65, 0.73, 0.81, 0.89, 0.97, 1.05, 1.13, 1.22, 1.35, 1.6, 2.2, 2.8)
DRAWS: Final = {"quick": 6, "default": 6, "full": 9}


def largest_footprint(bench: Bench) -> int:
    """Return the footprint in bytes at which nothing but memory answers, within what may be used."""
    claimed = max((claim.bytes for claim in bench.host.caches), default=32 * MIB)
    wanted = (BEYOND_LAST if bench.effort != "quick" else BEYOND_LAST // 2) * claimed
    return min(max(wanted, 64 * MIB), 1024 * MIB, share_of_two(bench))


def share_of_two(bench: Bench) -> int:
    """Return how large each of two footprints may be, with what laying rings in them takes, to stay in what may be used."""
    return bench.memory_bytes * 2 // 5 // PAGE_BYTES * PAGE_BYTES


def doubt_of_memory(bench: Bench, size: int) -> Unavailable | str | None:
    """Return why a footprint says nothing of memory, or what makes it doubtful, or None where it is large enough."""
    claimed = max((claim.bytes for claim in bench.host.caches if claim.kind != "instruction"), default=0)
    if size <= claimed:
        reason = f"the last level ({format_bytes(claimed)} claimed) may hold all of the {format_bytes(size)} that fit in the memory allowed"
        return Unavailable(reason=reason, remedy="allow more memory")
    if size < CLEAR_OF_LAST * claimed:
        return f"only {size / claimed:.1f} times the last level ({format_bytes(claimed)}): caches may answer a part"
    return None


@probe(
    group="levels",
    quantities={f"{level}.capacity": "B" for level in CACHE_NAMES},
    curves=("latency", "latency_dense"),
    seconds=3.5,
    order=10,
    processes=3,
)
def levels(bench: Bench, known: Known) -> Iterator[Found]:
    """Find the levels, their capacities and the latency curves."""
    largest = largest_footprint(bench)
    ground = best_field(bench, largest)
    if isinstance(ground, Unavailable):
        yield from (results.missing(f"{level}.capacity", "B", ground) for level in CACHE_NAMES)
        return
    sizes = footprints(bench, largest, ground.line, max(POINTS_PER_OCTAVE[bench.effort], 4))
    main = ground.sizes(scattered, sizes, 0.02)
    yield results.curve("latency", _points(sizes, main))
    seen = plateaus(sizes, [sample.lower().value for sample in main])
    yield from _private_levels(bench, ground)
    yield _last_level(bench, sizes, main, seen)


@probe(group="levels", quantities={}, curves=("latency_base", "latency_huge"), seconds=3.5, order=16)
def page_curves(bench: Bench, known: Known) -> Iterator[Found]:
    """Draw the curves of a random chase, as a program meets it, on base and on huge pages."""
    kinds: tuple[Pages, ...] = ("base", "huge")
    for pages in kinds:
        yield from _page_curve(bench, pages)


def _page_curve(bench: Bench, pages: Pages) -> Iterator[Found]:
    """Draw the curve on one kind of page, in memory that is given back before the next kind takes as much."""
    largest = largest_footprint(bench)
    ground = field(bench, largest, pages)
    if isinstance(ground, Field):
        sizes = footprints(bench, largest, ground.line, POINTS_PER_OCTAVE[bench.effort])
        yield results.curve(f"latency_{pages}", _points(sizes, ground.sizes(anywhere, sizes, 0.02)))


def footprints(bench: Bench, largest: int, line: int, per_octave: int) -> list[int]:
    """Return the sizes of a curve: so many an octave, and two an octave where nothing but memory can answer."""
    claimed = max((claim.bytes for claim in bench.host.caches), default=32 * MIB)
    sizes = octave_grid(SMALLEST, largest, per_octave, line)
    sparse = set(octave_grid(SMALLEST, largest, 2, line))
    return [size for size in sizes if size <= 2 * claimed or size in sparse]


def _points(sizes: Sequence[int], samples: Sequence[Samples]) -> Iterator[dict[str, float]]:
    for size, sample in zip(sizes, samples, strict=True):
        ns = sample.lower()
        yield {"bytes": size, "ns": ns.value, "low": ns.low, "high": ns.high, "cycles": sample.lower_cycles().value}


def _private_levels(bench: Bench, ground: Field) -> Iterator[Found]:
    """Find the ends of the first and second level on the curve that uses every line, refined where it bends."""
    second_end = 4 * (bench.host.cache(2) or bench.host.caches[-1]).bytes if bench.host.caches else 8 * MIB
    largest = min(max(second_end, 8 * MIB), ground.buffer.bytes)
    sizes = octave_grid(SMALLEST, largest, max(POINTS_PER_OCTAVE[bench.effort], 4), ground.line)
    samples = ground.sizes(dense, sizes, 0.015)
    yield results.curve("latency_dense", _points(sizes, samples))
    cycles = [sample.lower_cycles().value for sample in samples]
    flat = plateaus(sizes, cycles)
    for index, name in enumerate(CACHE_NAMES[:2]):
        inside = flat[index].value if index < len(flat) else None
        beyond = cost_beyond(sizes, cycles, inside) if inside else None
        if inside is None or beyond is None or beyond < LEVEL_RATIO * inside:
            yield results.missing(
                f"{name}.capacity", "B", "the latency curve shows no such level", nominal=_claim(bench, index + 1)
            )
            continue
        rough = half_miss(sizes, cycles, inside, beyond)
        yield _capacity(bench, ground, name, index + 1, rough, (inside, beyond))


def _capacity(
    bench: Bench, ground: Field, name: str, level: int, rough: Estimate | None, latencies: tuple[float, float]
) -> Found:
    """Measure again around the bend on pages drawn anew, and name the size that a cache can have there."""
    nominal = _claim(bench, level)
    if rough is None:
        reason = "the latency curve never gets half-way to the next level"
        return results.missing(f"{name}.capacity", "B", reason, nominal=nominal)
    inside, beyond = latencies
    sizes, costs = _redrawn(bench, ground, rough.value)
    farther = [cost for size, cost in zip(sizes, costs, strict=True) if size >= 2 * rough.value]
    edge = half_miss(sizes, costs, inside, min([beyond, *farther])) or rough
    whole = nearest_cache_size(edge.value)
    caution = None
    if nominal and not stats.agrees(whole, nominal):
        where = f"half of the loads miss at {format_bytes(edge.value)}, where {format_bytes(nominal)} is claimed"
        caution = f"{where}: a busy neighbour on this core, or a wrong claim"
    return results.estimated(
        f"{name}.capacity",
        "B",
        stats.Estimate(whole, min(edge.low, whole), max(edge.high, whole)),
        method=f"half of the loads miss at {format_bytes(edge.value)}; the nearest size a cache can have",
        nominal=nominal,
        caution=caution,
        samples=[edge.value],
    )


def _redrawn(bench: Bench, ground: Field, rough: float) -> tuple[list[int], list[float]]:
    """Return footprints around a bend and their costs in cycles, each over several random draws of pages.

    A physically indexed cache fills unevenly by the luck of the pages: the draws differ in it. A neighbour only ever adds:
    so the lower third of the draws counts.
    """
    most = ground.buffer.bytes // PAGE_BYTES
    sizes = [int(rough * factor) // PAGE_BYTES * PAGE_BYTES for factor in REFINEMENT]
    sizes = sorted({size for size in sizes if 0 < size // PAGE_BYTES <= most})
    generator = np.random.default_rng(11)
    rows = [
        [
            ground.time(redrawn_order(size, ground.line, generator.permutation(most)), 0.008, 100_000)
            .lower_cycles()
            .value
            for size in sizes
        ]
        for _ in range(DRAWS[bench.effort])
    ]
    return sizes, [float(cost) for cost in np.quantile(rows, 0.35, axis=0)]


def redrawn_order(size: int, line: int, pages: np.ndarray) -> np.ndarray:
    """Return the dense order over `size` bytes, its k-th page being the k-th of `pages`; word indices."""
    places = dense(size, line) * 8
    return (pages[places // PAGE_BYTES].astype(np.int64) * PAGE_BYTES + places % PAGE_BYTES) // 8


def _last_level(bench: Bench, sizes: Sequence[int], main: Sequence[Samples], seen: Sequence[Plateau]) -> Found:
    """Return how much of the last cache answers at its speed now: no size to snap to, since it is shared.

    Where neighbours leave no flat stretch of it, its speed is taken from the least cost just beyond the second level.
    """
    nominal, costs = _claim(bench, 3), [sample.lower().value for sample in main]
    inside, caution = third_level(sizes, costs, seen, is_claimed=nominal is not None)
    if inside is None:
        reason = f"the latency curve shows {max(len(seen) - 1, 0)} cache levels before memory"
        if nominal and nominal >= sizes[-1]:
            reason += f": the memory allowed ({format_bytes(sizes[-1])} at once) is no more than the claimed one holds"
        elif nominal:
            reason += ": neighbours may hold all of the shared one"
        return results.missing("l3.capacity", "B", reason, nominal=nominal)
    edge = half_miss(sizes, costs, inside, seen[-1].value)
    if edge is None:
        reason = "no footprint was large enough to leave the last cache"
        return results.missing("l3.capacity", "B", reason, nominal=nominal)
    method = "half of the loads miss there (effective: what answers at this level's speed now)"
    return results.estimated(
        "l3.capacity", "B", edge, method=method, nominal=nominal, caution=caution, samples=[edge.value]
    )


def third_level(
    sizes: Sequence[int], costs: Sequence[float], seen: Sequence[Plateau], *, is_claimed: bool
) -> tuple[float | None, str | None]:
    """Return what a load from the third level costs, and a caution; (None, None) where the curve shows no such level."""
    if len(seen) >= 4:
        return seen[2].value, None
    if len(seen) < 3 or not is_claimed:
        return None, None
    near = cost_beyond(sizes, costs, seen[1].value)
    if near is None or not LEVEL_RATIO * seen[1].value < near < seen[-1].value / LEVEL_RATIO:
        return None, None
    return near, "neighbours leave no flat stretch of this level: its speed is the least cost just beyond the second"


def _claim(bench: Bench, level: int) -> float | None:
    claim = bench.host.cache(level)
    return float(claim.bytes) if claim else None
