"""Line size and associativity, from conflicts alone: who shares a set with whom.

Lines a power of two apart fall into one set once that distance is a multiple of the way size (sets × line). Chased in random
order they all hit up to the number of ways and miss beyond it. So the number of lines at which the cost jumps, at growing
distances, gives the ways (where it stops falling) and the way size (the smallest distance of which that is true), and their
product is the capacity, exactly. The line size follows in the same manner: of lines that conflict, every other one is moved
by a few bytes, and the conflict ends when the move reaches the next line. No prefetcher can blur either.
The second level is indexed by physical address: its conflicts show only where huge pages are contiguous underneath (in many
virtual machines they are not), and an answer is given only if ways × way size is the capacity that the levels probe found.
The last level is hashed over slices: it has no sets that addresses show.
Fooled by: way predictors that hash the address (the jump is then early: the product fails the check against capacity).
Source: Saavedra and Smith 1995; Abel and Reineke, Reverse engineering of cache replacement policies, 2014.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import numpy as np

from hwbench import stats
from hwbench.measure import results
from hwbench.measure.chases import Field, best_field, field
from hwbench.probes import Known, probe
from hwbench.records import Unavailable
from hwbench.units import KIB, MIB, format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hwbench.measure.bench import Bench
    from hwbench.measure.results import Found

MOST_WAYS: Final = 32
JUMP: Final = 1.5  # a conflicting access costs at least the next level, three times a hit on Zen 5; noise adds less
ONE_TOO_MANY: Final = 1.25  # with a replacement other than LRU, one line too many makes only some loads miss
PAGE_BYTES: Final = 4 * KIB
CAPACITY_AGREES: Final = 0.12
SECONDS: Final = 0.006
STRETCH_NS: Final = 50_000


@probe(
    group="geometry",
    quantities={
        "l1d.associativity": "ways",
        "l1d.line_size": "B",
        "l2.associativity": "ways",
        "l3.associativity": "ways",
    },
    curves=("l1d_conflicts",),
    seconds=0.6,
    order=14,
    processes=2,
    after=("levels", "spot"),
)
def geometry(bench: Bench, known: Known) -> Iterator[Found]:
    """Find ways and line size of the first level, and the ways of the second where memory is contiguous."""
    yield from _first_level(bench, known)
    yield _second_level(bench, known)
    yield results.missing(
        "l3.associativity",
        "ways",
        "a shared cache is hashed over slices: addresses do not show its sets",
        nominal=_claimed_ways(bench, 3),
    )


def _first_level(bench: Bench, known: Known) -> Iterator[Found]:
    names = {"l1d.associativity": "ways", "l1d.line_size": "B"}
    ground = field(bench, 4 * MIB)
    if isinstance(ground, Unavailable):
        yield from (results.missing(name, unit, ground) for name, unit in names.items())
        return
    cost = _single_cost(ground)
    alone = cost(_conflicting(2, PAGE_BYTES))
    found = way_structure(
        lambda count, distance: cost(_conflicting(count, distance)), alone, [2 * KIB << k for k in range(5)]
    )
    nominal_ways, nominal_line = _claimed_ways(bench, 1), _claimed_line(bench)
    if found is None:
        yield from (
            results.missing(name, unit, "no jump in the cost of lines that should conflict")
            for name, unit in names.items()
        )
        return
    ways, way_bytes, jumps = found
    yield results.curve(
        "l1d_conflicts", [{"bytes_apart": distance, "lines_that_fit": count} for distance, count in jumps.items()]
    )
    capacity = _value(known, "l1d.capacity")
    caution = None
    if capacity and not stats.agrees(ways * way_bytes, capacity, CAPACITY_AGREES):
        caution = f"{ways} ways of {format_bytes(way_bytes)} are not the capacity of {format_bytes(capacity)} that the latency curve shows"
    fit = f"{ways} lines {format_bytes(way_bytes)} apart fit, one more does not"
    method = f"{fit}: {ways} × {format_bytes(way_bytes)} = {format_bytes(ways * way_bytes)}"
    yield results.estimated(
        "l1d.associativity", "ways", _exact(ways), method=method, nominal=nominal_ways, caution=caution
    )
    yield _line_size(cost, ways, way_bytes, nominal_line)


def way_structure(
    cost: Callable[[int, int], float], alone: float, distances: list[int], most: int = MOST_WAYS
) -> tuple[int, int, dict[int, int]] | None:
    """Return (ways, bytes of a way, lines that fit by distance), or None where no conflict shows.

    `cost(count, distance)` is the cost of a load when `count` lines stand `distance` bytes apart, `alone` that of a hit.
    """
    fits = {}
    for distance in distances:
        fit = _lines_that_fit(functools.partial(_at_distance, cost, distance), alone, 2 * most)
        if fit is not None:
            fits[distance] = fit
    if not fits:
        return None
    ways = min(fits.values())
    if list(fits.values()).count(ways) < 2:
        return None
    return ways, min(distance for distance, count in fits.items() if count == ways), fits


def _at_distance(cost: Callable[[int, int], float], distance: int, count: int) -> float:
    return cost(count, distance)


def _lines_that_fit(cost: Callable[[int], float], alone: float, most: int) -> int | None:
    """Return the largest number of lines that still cost what one alone does; None if all up to `most` do. Bisection."""
    fit, beyond = 2, most + 1
    if cost(beyond) < JUMP * alone:
        return None
    while beyond - fit > 1:
        middle = (fit + beyond) // 2
        if cost(middle) < ONE_TOO_MANY * alone:
            fit = middle
        else:
            beyond = middle
    return fit


def _conflicting(count: int, distance: int, moved: int = 0) -> np.ndarray:
    """Return word indices of `count` lines `distance` bytes apart in random order, every other one `moved` bytes on."""
    places = np.arange(count, dtype=np.int64)
    words = places * (distance // 8) + (places % 2) * (moved // 8)
    return np.random.default_rng(count).permutation(words)


def _single_cost(ground: Field) -> Callable[[np.ndarray], float]:
    def cost(order: np.ndarray) -> float:
        return ground.time(order, SECONDS, STRETCH_NS).lower_cycles().value

    return cost


def _line_size(cost: Callable[[np.ndarray], float], ways: int, way_bytes: int, nominal: float | None) -> Found:
    """Return the smallest move at which two halves of the conflicting lines stop meeting in one set."""
    count = ways + max(ways // 2, 2)
    together = cost(_conflicting(count, way_bytes))
    alone = cost(_conflicting(2, way_bytes))
    for move in (16, 32, 64, 128, 256):
        apart = cost(_conflicting(count, way_bytes, move))
        if apart < alone + 0.35 * (together - alone):
            method = f"{count} lines in one set conflict ({together:.1f} cycles); half of them moved by {move} B do not ({apart:.1f})"
            return results.estimated("l1d.line_size", "B", _exact(move), method=method, nominal=nominal)
    return results.missing("l1d.line_size", "B", "lines that should conflict never stopped to", nominal=nominal)


def _second_level(bench: Bench, known: Known) -> Found:
    nominal, capacity = _claimed_ways(bench, 2), _value(known, "l2.capacity")
    name, unit = "l2.associativity", "ways"
    latency = known.get("l2.latency")
    if not capacity or latency is None or not latency.cycles:
        return results.missing(name, unit, "the second level's capacity and latency are not known", nominal=nominal)
    ground = best_field(bench, 64 * MIB)
    if isinstance(ground, Unavailable) or ground.buffer.pages != "huge":
        return results.missing(
            name, unit, "needs huge pages: the second level is indexed by physical address", nominal=nominal
        )
    cost = _single_cost(ground)
    room = ground.buffer.bytes // (2 * MOST_WAYS + 1)  # memory may be scarce
    distances = [16 * KIB << k for k in range(5) if 16 * KIB << k <= room]
    found = way_structure(lambda count, distance: cost(_conflicting(count, distance)), latency.cycles, distances)
    if found is None or not stats.agrees(found[0] * found[1], capacity, CAPACITY_AGREES):
        reason = (
            "lines a way apart do not conflict: the huge pages are not contiguous in the machine's real memory "
            "(a virtual machine's rarely are)"
        )
        return results.missing(name, unit, reason, nominal=nominal)
    return results.estimated(
        name, unit, _exact(found[0]), method=f"{found[0]} lines {format_bytes(found[1])} apart fit", nominal=nominal
    )


def _exact(value: float) -> stats.Estimate:
    return stats.Estimate(value, value, value)


def _value(known: Known, name: str) -> float | None:
    quantity = known.get(name)
    return quantity.value if quantity else None


def _claimed_ways(bench: Bench, level: int) -> float | None:
    claim = bench.host.cache(level)
    return claim.associativity if claim and claim.associativity else None


def _claimed_line(bench: Bench) -> float | None:
    claim = bench.host.cache(1)
    return claim.line_size if claim else None
