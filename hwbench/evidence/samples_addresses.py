"""What loads and stores wait for, by the addresses that they were sampled at: caches, translation, or data that stands in a row.

A sample holds the registers of its moment, so the address of the memory operand that the program waited at is known, natively
and without a PMU. What a place waits for follows from them:
- addresses that the loop moves on by a small step: a row, fetched ahead (`streamed`);
- others: how many lines and pages there are (from how often two samples fell into the same one), and what a load costs
  at that many lines, and what its translation adds at that many pages, on the curves of the profile.
What waits at addresses that the first level holds waits for something else: for a store, if its loop has just stored there or at
an address with the same low bits (`forwarded`); the rest is left out.
Fooled by: few samples; addresses that are overwritten before the sample (a list's, at times); several sets of data of one place;
huge pages that the program has and the profile's curve has not (the toggles tell).
Source: the estimate of how many there are: expected distinct of k draws from N, N(1 - exp(-k/N)).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hwbench.evidence import geometry
from hwbench.evidence.geometry import Geometry
from hwbench.records import AWAITED_KINDS

if TYPE_CHECKING:
    from hwbench.records import MachineProfile

FEWEST: Final = 12  # samples of a place
IN_A_ROW: Final = 128  # bytes from one access to the next that prefetchers certainly follow
FAR: Final = 1.5  # times the first level's latency: nearer is near
MOST_TIMES: Final = 1e4  # how many times as many there may be as were seen


@dataclass(frozen=True)
class Reads:
    """The sampled addresses of one instruction, and the step in bytes by which its loop moves them; 0 for no constant one.

    `is_behind_a_store`: the loop stores to the same place, or to one that looks the same by its low bits, before.
    """

    addresses: tuple[int, ...]
    step: int = 0
    is_behind_a_store: bool = False


@dataclass(frozen=True)
class Curves:
    """What a profile knows of a load: ns by bytes on huge (or else base) pages, and what translation adds, by pages."""

    latency: Callable[[float], float]
    added: Callable[[float], float]
    first: float
    cache: Geometry
    page: int


def waiting(places: Sequence[Reads], curves: Curves) -> dict[str, float]:
    """Return how many of the samples wait for what; those that are in none are near, or their places have too few."""
    sums = dict.fromkeys(AWAITED_KINDS, 0.0)
    for each in places:
        if len(each.addresses) < FEWEST:
            continue
        for kind, share in _shares(each, curves).items():
            sums[kind] += share * len(each.addresses)
    return sums


def _shares(reads: Reads, curves: Curves) -> dict[str, float]:
    """Return what share of a place's samples waits for what."""
    lines = how_many(reads.addresses, curves.cache.line)
    behind = {"forwarded": 1.0} if reads.is_behind_a_store else {}
    if 0 < abs(reads.step) <= IN_A_ROW:
        is_near = lines * curves.cache.line <= curves.cache.size
        return behind if is_near else {"streamed": 1.0}
    level = curves.latency(max(lines * curves.cache.line, _crowded(reads.addresses, curves.cache)))
    added = curves.added(how_many(reads.addresses, curves.page))
    if level + added < FAR * curves.first:
        return behind
    beyond = max(level - curves.first, 0.0)
    share = beyond / (beyond + added)
    return {"cache": share, "translation": 1 - share}


def how_many(addresses: Sequence[int], size: int) -> float:
    """Return how many pieces of a size there are, of which the addresses are a sample: from how many of them are distinct."""
    drawn, distinct = len(addresses), len({address // size for address in addresses})
    low, high = float(distinct), distinct * MOST_TIMES
    while high / low > 1.01:
        middle = math.sqrt(low * high)
        if -middle * math.expm1(-drawn / middle) < distinct - 0.5:
            low = middle
        else:
            high = middle
    return low


def _crowded(addresses: Sequence[int], cache: Geometry) -> float:
    """Return bytes that miss the first level alike, where most lines share a few of its sets; else 0."""
    lines = {address // cache.line for address in addresses}
    sets = Counter(line % (cache.size // cache.ways // cache.line) for line in lines)
    crowded = sum(count for count in sets.values() if count > cache.ways)
    return 2.0 * cache.size if crowded > len(lines) / 2 else 0.0


def curves_of(profile: MachineProfile) -> Curves | None:
    """Return a profile's curves, or None where it has none."""
    latency = _curve(profile, "latency_huge", "bytes", "ns") or _curve(profile, "latency", "bytes", "ns")
    cache = geometry.measured(profile, "l1d")
    if latency is None or cache is None:
        return None
    page = profile.host.memory.base_page_bytes
    base = _curve(profile, "latency_base", "bytes", "ns")
    spread = _curve(profile, "tlb", "pages", "cost_ns")

    def added(pages: float) -> float:
        walks = spread(pages) if spread else 0.0
        whole = base(pages * page) - latency(pages * page) if base else 0.0
        return max(walks, whole, 0.0)

    return Curves(latency=latency, added=added, first=latency(1.0), cache=cache, page=page)


def _curve(profile: MachineProfile, name: str, of: str, value: str) -> Callable[[float], float] | None:
    """Return a curve as a function, straight over the logarithm of what it is of, flat beyond its ends; None for no curve."""
    points = sorted((point[of], point[value]) for point in profile.curves.get(name, ()))
    if not points:
        return None
    import numpy as np  # noqa: PLC0415 - only where addresses were sampled

    places, values = np.log([place for place, _ in points]), [each for _, each in points]
    return lambda place: float(np.interp(math.log(place), places, values))
