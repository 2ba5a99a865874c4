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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hwbench.records import MachineProfile

KINDS: Final = ("cache", "translation", "streamed", "forwarded")
FEWEST: Final = 12  # samples of a place
USUAL_LINE, USUAL_PAGE = 64, 4096
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
class Waiting:
    """Samples by what they wait for; what is in none of them is near, or not known."""

    cache: float = 0.0
    translation: float = 0.0
    streamed: float = 0.0
    forwarded: float = 0.0


@dataclass(frozen=True)
class Curves:
    """What a profile knows of a load: ns by bytes on huge (or else base) pages, and what translation adds, by pages."""

    latency: Callable[[float], float]
    added: Callable[[float], float]
    first: float
    line: int
    page: int
    first_sets: int
    first_ways: int


def waiting(places: Sequence[Reads], curves: Curves) -> Waiting:
    """Return how many of the samples wait for what."""
    sums = dict.fromkeys(KINDS, 0.0)
    for each in places:
        if len(each.addresses) < FEWEST:
            continue
        for kind, share in _shares(each, curves).items():
            sums[kind] += share * len(each.addresses)
    return Waiting(**sums)


def _shares(reads: Reads, curves: Curves) -> dict[str, float]:
    """Return what share of a place's samples waits for what."""
    lines = how_many(reads.addresses, curves.line)
    behind = {"forwarded": 1.0} if reads.is_behind_a_store else {}
    if 0 < abs(reads.step) <= IN_A_ROW:
        is_near = lines <= curves.first_sets * curves.first_ways
        return behind if is_near else {"streamed": 1.0}
    level = curves.latency(max(lines * curves.line, _crowded(reads.addresses, curves)))
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


def _crowded(addresses: Sequence[int], curves: Curves) -> float:
    """Return bytes that miss the first level alike, where most lines share a few of its sets; else 0."""
    lines = {address // curves.line for address in addresses}
    sets = Counter(line % curves.first_sets for line in lines)
    crowded = sum(count for count in sets.values() if count > curves.first_ways)
    beyond = 2.0 * curves.first_sets * curves.first_ways * curves.line
    return beyond if crowded > len(lines) / 2 else 0.0


def curves_of(profile: MachineProfile) -> Curves | None:
    """Return a profile's curves, or None where it has none."""
    curve = profile.curves.get("latency_huge") or profile.curves.get("latency") or ()
    latency = _points(curve, "bytes", "ns")
    if not latency:
        return None
    page = profile.host.memory.base_page_bytes or USUAL_PAGE
    line = profile.host.line_size or USUAL_LINE
    first = profile.host.cache(1)
    ways = (first.associativity if first else None) or 8
    total = first.bytes if first else latency[0][0]
    base = _points(profile.curves.get("latency_base", ()), "bytes", "ns")
    spread = _points(profile.curves.get("tlb", ()), "pages", "cost_ns")

    def added(pages: float) -> float:
        walks = max(at(spread, pages), 0.0) if spread else 0.0
        whole = at(base, pages * page) - at(latency, pages * page) if base else 0.0
        return max(walks, whole, 0.0)

    return Curves(
        latency=lambda size: at(latency, size),
        added=added,
        first=latency[0][1],
        line=line,
        page=page,
        first_sets=max(int(total // (ways * line)), 1),
        first_ways=int(ways),
    )


def _points(curve: Sequence[Mapping[str, float]], of: str, value: str) -> list[tuple[float, float]]:
    return sorted((point[of], point[value]) for point in curve if of in point and value in point)


def at(points: Sequence[tuple[float, float]], size: float) -> float:
    """Return a curve's value at a size, straight over the sizes' logarithms; its ends reach on."""
    for (before, low), (after, high) in pairwise(points):
        if size <= before:
            return low
        if size < after:
            return low + (high - low) * math.log(size / before) / math.log(after / before)
    return points[-1][1]
