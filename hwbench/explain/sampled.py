"""What samples of the clock say where nothing was counted: what the time went to that B takes more than A, by what it waited at.

A sample names the instruction that had not retired, so seconds by kind of instruction are measured, natively; what a kind of
wait means is inferred, and only where it is plain:
- in the allocator (most of it, where an interpreter allocates whatever it does): `allocation`;
- at divisions: `execution`; at atomic instructions: `contention`;
- after branches: `branch` (the next loads, which a wrong guess held up, go with it);
- at indirect jumps and calls that A makes as well: `dispatch`;
- at loads and stores of vectors, where A works in vectors as well, or at data in a row on both sides: `bandwidth`, since what
  stands in a row is fetched ahead;
- at addresses that caches, or the TLBs, of the profile cannot hold: `cache`, `tlb`;
- at near ones that the loop has just stored to, or that look like those: `execution`;
- in scalar code where A works in vectors: `vectorization`;
- at many more places than in A, or at a great many in both and of no kind more than of another: `instructions`.
The rest has no line, and stays unexplained: loads whose addresses are not known may wait for caches, for translation or for
bandwidth (a toggle that changes the pages does not always reach them), and plain instructions may be many or slow.
Fooled by: few samples; a sample one instruction late (the sampler looks back); code that no file holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hwbench.explain.lines import Measured, line
from hwbench.records import AWAITED_KINDS, SAMPLED_KINDS, BillLine, Cause

if TYPE_CHECKING:
    from hwbench.explain.basket import Basket

    Bills = tuple[tuple[BillLine, ...], tuple[BillLine, ...]]

FEWEST: Final = 100  # samples of B
FEWEST_OF_A: Final = 20  # what A takes is a small part of what B takes more, or as many as there are of B
CLEAR: Final = 0.25  # of what B takes more: a kind of wait that grows by less says nothing
MOST: Final = 0.6
IN_VECTORS, IN_SCALARS = 0.6, 0.1  # of a side's time
AS_WELL: Final = 0.2  # of A's time: then A makes these jumps too
MANY_MORE: Final = 2.0  # times A's places
FLAT: Final = 100  # places that hold nine tenths of the time
RISEN: Final = 0.15  # of the time
DOUBT: Final = 0.05
WHAT_BOTH_DO: Final = "what both do"
STALLED: Final = ("load", "store", *AWAITED_KINDS, "branch", "indirect")
_ITEMS: Final[dict[str, tuple[str, Cause]]] = {
    "allocator": ("in the allocator", "allocation"),
    "divide": ("waiting for divisions", "execution"),
    "atomic": ("at atomic instructions", "contention"),
    "branch": ("after mispredicted branches", "branch"),
    "indirect": ("at indirect branches", "dispatch"),
    "vectors": ("at loads and stores of vectors", "bandwidth"),
    "cache": ("at addresses that no near cache holds", "cache"),
    "translation": ("at pages that the TLBs do not hold", "tlb"),
    "streamed": ("at data in a row", "bandwidth"),
    "forwarded": ("at what was just stored, or looks like it", "execution"),
}


@dataclass(frozen=True)
class Waits:
    """One side's seconds of user time by kind (in a loop of vectors, `vectors` are its loads and stores), and its places."""

    seconds: dict[str, float]
    vector: float
    places: float

    @property
    def total(self) -> float:
        """All of the user time."""
        return sum(self.seconds.values())


def has_samples(basket: Basket, fewest: int = FEWEST) -> bool:
    """Whether a side's samples are all there is to itemise its user time by, and are enough."""
    counted = basket.has("instructions") or basket.has("model.cycles")
    return not counted and basket.value("samples.total") >= fewest and basket.value("samples.seconds") > 0


def waits_of(basket: Basket, measured: Measured) -> Waits:
    """Return a side's waits, scaled to its measured user time."""
    sampled = {kind: basket.value(f"samples.{kind}") for kind in SAMPLED_KINDS}
    scale = measured.user / measured.parallel / max(sum(sampled.values()), 1e-12)
    seconds = {kind: each * scale for kind, each in sampled.items()}
    vector = basket.value("samples.vector") * scale
    seconds |= _by_address(basket, seconds, scale)
    if vector >= IN_VECTORS * measured.user / measured.parallel:
        in_a_row = seconds["load"] + seconds["store"] + seconds["streamed"]
        seconds |= {"vectors": in_a_row, "load": 0.0, "store": 0.0, "streamed": 0.0}
    return Waits(seconds, vector, max(basket.value("samples.places"), 1.0))


def _by_address(basket: Basket, seconds: dict[str, float], scale: float) -> dict[str, float]:
    """Return what loads and stores wait for where their addresses tell it, and what is left of loads and of stores."""
    known = {kind: basket.value(f"samples.{kind}") * scale for kind in AWAITED_KINDS}
    accesses = seconds["load"] + seconds["store"]
    left = 1 - min(sum(known.values()) / accesses, 1.0) if accesses > 0 else 0.0
    return known | {"load": seconds["load"] * left, "store": seconds["store"] * left, "vectors": 0.0}


def apply(bills: Bills, baskets: tuple[Basket, Basket], measured: tuple[Measured, Measured]) -> Bills:
    """Return both bills with what the samples say, where neither side's user time is itemised by counts."""
    if not has_samples(baskets[0], FEWEST_OF_A) or not has_samples(baskets[1]):
        return bills
    first, second = (waits_of(basket, each) for basket, each in zip(baskets, measured, strict=True))
    if second.total <= first.total:
        return bills
    made = _lines(first, second)
    return (*bills[0], *made[0]), (*bills[1], *made[1])


def _lines(a: Waits, b: Waits) -> Bills:
    more = b.total - a.total
    risen = {kind: (b.seconds[kind] - a.seconds[kind]) / more for kind in b.seconds}
    if _is_vectors_lost(a, b, risen):
        same = line(WHAT_BOTH_DO, "instructions", 0.0, _bounds(a.total), "inferred")
        return (same,), (
            same,
            line("scalar code where A works in vectors", "vectorization", 0.0, _bounds(more), "inferred"),
        )
    named = [kind for kind in _ITEMS if risen[kind] >= CLEAR and _is_meant(kind, a, b)]
    held_up = min(max(risen["load"], 0.0), max(risen["branch"], 0.0)) * more if "branch" in named else 0.0
    sides: list[list[BillLine]] = []
    for side, extra in ((a, 0.0), (b, held_up)):
        found: list[BillLine] = []
        for kind in named:
            item, cause = _ITEMS[kind]
            seconds = side.seconds[kind] + (extra if kind == "branch" else 0.0)
            found.append(line(item, cause, 0.0, _bounds(seconds), "inferred"))
        sides.append(found)
    rest = [side.total - sum(each.seconds for each in mine) for side, mine in zip((a, b), sides, strict=True)]
    if rest[1] - rest[0] >= CLEAR * more and _does_more(a, b, named):
        for mine, seconds in zip(sides, rest, strict=True):
            mine.append(line("instructions, wherever", "instructions", 0.0, _bounds(seconds), "inferred"))
    else:
        sides[1] = _without_hidden(sides[1], rest[0] - rest[1])
        both = rest[0]
        for mine in sides:
            mine.append(line(WHAT_BOTH_DO, "instructions", 0.0, _bounds(both), "inferred"))
    return tuple(sides[0]), tuple(sides[1])


def _without_hidden(lines: list[BillLine], hidden: float) -> list[BillLine]:
    """Return B's waits less what else A does and B as well, though no sample finds it: it is hidden behind them."""
    whole = sum(each.seconds for each in lines)
    scale = 1 - min(max(hidden, 0.0) / whole, 1.0) if whole > 0 else 1.0
    return [line(each.item, each.cause, 0.0, _bounds(each.seconds * scale), each.grade) for each in lines]


def _bounds(seconds: float) -> tuple[float, float, float]:
    return seconds, seconds * (1 - DOUBT), seconds * (1 + DOUBT)


def _is_vectors_lost(a: Waits, b: Waits, risen: dict[str, float]) -> bool:
    stalls = sum(max(risen[kind], 0.0) for kind in _ITEMS)
    return a.vector >= IN_VECTORS * a.total and b.vector <= IN_SCALARS * b.total and stalls < CLEAR


def _is_meant(kind: str, a: Waits, b: Waits) -> bool:
    if kind == "allocator" and min(a.places, b.places) >= FLAT:
        return b.seconds[kind] - a.seconds[kind] >= MOST * (b.total - a.total)
    if kind == "indirect":
        return a.seconds["indirect"] >= AS_WELL * a.total
    if kind == "streamed":
        return min(each.seconds["streamed"] / max(each.total, 1e-12) for each in (a, b)) >= AS_WELL
    if kind == "vectors":
        return a.vector >= IN_VECTORS * a.total and b.seconds["vectors"] >= MOST * b.total
    return True


def _does_more(a: Waits, b: Waits, named: list[str]) -> bool:
    """Whether B does more instructions rather than slower ones: at many more places, or at very many, of every kind alike."""
    if named and not set(named) <= {"allocator"}:
        return False
    if b.places >= MANY_MORE * a.places and b.places >= FLAT / 4:
        return True
    rises = [b.seconds[kind] / b.total - a.seconds[kind] / max(a.total, 1e-12) for kind in STALLED]
    return min(a.places, b.places) >= FLAT and max(rises) < RISEN
