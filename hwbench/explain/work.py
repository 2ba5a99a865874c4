"""What two sides' counts say of their work: faster growth, more instructions, fewer elements an instruction.

`algorithm` needs a certain gap between the exponents of counted work (of time, where nothing was counted: then a wide one,
since a working set that outgrows a cache also grows faster). `vectorization` needs A to process more elements an
arithmetic instruction than B.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from hwbench.explain import growth
from hwbench.records import Comparison, Evidence, Growth, Side

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from hwbench.explain.basket import Basket

COUNTERS: Final = ("perf_event", "plugin", "cachegrind")
COUNTED_GAP: Final = 0.12  # of exponents: n log n against n is at least 0.05, yet a program's other parts blur it
LOG_GAP: Final = 0.03
TIMED_GAP: Final = 0.4
PARTLY_COUNTED: Final = 0.1  # how far a count of a part may be off, scaled to the whole
WIDE_RANGE: Final = 8.0  # of sizes: over less, noise and caches bend times as much as laws do
LONGEST_LOOP: Final = 4.0  # instructions around one arithmetic instruction that go with it: load, store, count, jump
VECTOR_LOOP: Final = 0.6  # of the instructions: then a program is little but a loop of vectors
RICHER: Final = 3.0  # how much more a vector instruction may do to each element than a scalar one
NOISE_OF_TIME: Final = 0.02
TWO: Final = 2
NOT_WITH_GROWTH: Final = ("system", "contention")  # unless they are seen to grow
LEAST_OUTSIDE, LEAST_SHARED = 1e-3, 1000.0  # seconds, events: of less nothing is concluded
ENOUGH_LEFT, NETTED = 0.05, 0.02  # of the starting up that is taken off: what is left of a count, and how sure it is
TOO_NOISY: Final = 0.2  # of a time: whether it grows cannot be said


@dataclass(frozen=True)
class Work:
    """How the two grow, the factor that growth makes at the explained size, and the factor of vectors."""

    growth: dict[str, Growth]
    growth_factor: float = 1.0
    vector_factor: float = 1.0
    lanes: tuple[float, float] = (0.0, 0.0)
    fixed: tuple[str, ...] = NOT_WITH_GROWTH


def evenly_counted(comparison: Comparison) -> Comparison:
    """Return the comparison without what a source counted of one side alone: beside nothing, counts would tell half a story."""
    alone = counted_alone(comparison)
    if not alone:
        return comparison
    a, b = (_without(side, alone) for side in (comparison.a, comparison.b))
    return msgspec.structs.replace(comparison, a=a, b=b)


def counted_alone(comparison: Comparison) -> dict[str, str]:
    """Return the sources that counted one side and not the other, with the name of the side that they could not count."""
    found = {}
    for source in COUNTERS:
        missed = [side.name for side in (comparison.a, comparison.b) if not _is_counted(side, source)]
        if len(missed) == 1:
            found[source] = missed[0]
    return found


def _is_counted(side: Side, source: str) -> bool:
    return any(
        each.source == source and each.unavailable is None and each.value("instructions")
        for sized in side.sizes
        for each in sized.evidence
    )


def _without(side: Side, sources: Collection[str]) -> Side:
    sizes = tuple(
        msgspec.structs.replace(
            sized,
            evidence=tuple(e for e in sized.evidence if e.source not in sources or not e.value("instructions")),
        )
        for sized in side.sizes
    )
    return msgspec.structs.replace(side, sizes=sizes)


def growths_of(a: Side, b: Side) -> tuple[Growth, Growth]:
    """Return how both sides grow; one that was counted at two sizes is taken to start up as the other does, if that is known."""
    laws, points = [growth_of(a), growth_of(b)], [counted_points(a), counted_points(b)]
    if laws[0].of != laws[1].of:  # like with like
        timed = [timed_growth_of(a), timed_growth_of(b)]
        laws = timed if all(law.law != "unknown" or law.exponent is not None for law in timed) else laws
    for side, other in ((0, 1), (1, 0)):
        known, law = points[other], laws[other]
        if len(points[side].sizes) != TWO or len(known.sizes) <= TWO or law.law in ("unknown", "1"):
            continue
        startup = known.amounts[-1] - growth.net(known, law)
        left = tuple(amount - startup for amount in points[side].amounts)
        if startup > 0 and min(left) > ENOUGH_LEFT * startup:
            found = growth.fit(growth.Points(points[side].sizes, left, NETTED))
            laws[side] = found if found.law != "unknown" else laws[side]
    return laws[0], laws[1]


def counted_points(side: Side) -> growth.Points:
    """Return a side's steps by size: of whole programs where there are any, else scaled up from parts."""
    found = [(sized.n, _counted(sized.evidence)) for sized in side.sizes]
    whole = [(n, each) for n, each in found if each is not None and each.share >= 1]
    chosen = whole or [(n, each) for n, each in found if each is not None]
    return growth.points_of(
        [(n, _steps_of(each) / max(each.share, 1e-9)) for n, each in chosen],
        growth.EXACT if whole else PARTLY_COUNTED,
    )


def growth_of(side: Side) -> Growth:
    """Return how a side grows: by counted instructions where at least two sizes were counted, else by time."""
    counted = counted_points(side)
    if len(counted.sizes) == 2:
        return growth.told_by_time(counted, timed_points(side)) or growth.fit(counted)
    return growth.fit(counted) if len(counted.sizes) > 2 else timed_growth_of(side)


def timed_points(side: Side) -> growth.Points:
    """Return a side's times by size."""
    times = [(sized.n, _median([run.spent for run in sized.runs])) for sized in side.sizes if sized.runs]
    return growth.points_of(times, _time_doubt(side))


def timed_growth_of(side: Side) -> Growth:
    """Return how a side's time grows; unknown over a narrow range of sizes, or where noise may hide it."""
    timed = timed_points(side)
    wide = len(timed.sizes) >= 3 and timed.sizes[-1] >= WIDE_RANGE * timed.sizes[0]
    hides = timed.doubt > TOO_NOISY and timed.is_flat if timed.sizes else True  # what looks flat may only be hidden
    return growth.fit(timed, of="time") if wide and not hides else Growth(law="unknown")


def _counted(evidence: Sequence[Evidence]) -> Evidence | None:
    """Return the evidence that counted instructions best."""
    for source in COUNTERS:
        for found in evidence:
            if found.source == source and found.unavailable is None and found.value("instructions"):
                return found
    return None


def _time_doubt(side: Side) -> float:
    spreads = []
    for sized in side.sizes:
        walls = sorted(run.spent for run in sized.runs)
        if len(walls) >= 3:
            middle = _median(walls) or 1.0
            spreads.append(max(walls[len(walls) // 2] - walls[0], walls[-1] - walls[len(walls) // 2]) / middle / 2)
    return max([NOISE_OF_TIME, *spreads])


def _median(values: list[float]) -> float | None:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else None


def work_of(a: Side, b: Side, baskets: tuple[Basket, Basket], time_ratio: float) -> Work:
    """Return what the counts say of the two sides' work at the explained size."""
    grown = dict(zip("ab", growths_of(a, b), strict=True))
    n = baskets[1].n
    factor = growth_factor(grown["a"], grown["b"], n, _ratio(baskets, time_ratio))
    lanes = (elements_an_operation(baskets[0]), elements_an_operation(baskets[1], baskets[0]))
    fixed = fixed_causes(b, grown["b"]) if factor > 1 else NOT_WITH_GROWTH
    return Work(grown, factor, vector_factor(*baskets, lanes, factor), lanes, fixed)


def fixed_causes(side: Side, law: Growth) -> tuple[str, ...]:
    """Return the causes that cost once and not for each unit of work, as a sync at the end or threads that are begun.

    The others are seen to grow nearly as the side does: the time outside of user mode, and what threads share.
    """
    outside = [(sized.n, _median([run.wall - run.user for run in sized.runs])) for sized in side.sizes if sized.runs]
    shared = [(sized.n, _shared(sized.evidence)) for sized in side.sizes]
    found = (("system", outside, LEAST_OUTSIDE), ("contention", shared, LEAST_SHARED))
    return tuple(cause for cause, amounts, least in found if not _rises(growth.points_of(amounts), law, least))


def _shared(evidence: Sequence[Evidence]) -> float | None:
    found = [each for each in evidence if each.source == "plugin" and each.unavailable is None and each.share >= 1]
    return (found[0].value("atomics") or 0.0) + (found[0].value("line_transfers") or 0.0) if found else None


def _rises(points: growth.Points, law: Growth, least: float) -> bool:
    """Whether an amount that matters rises at least half as steeply as the work."""
    if len(points.sizes) < TWO or law.exponent is None or points.amounts[-1] < least:
        return False
    steps = math.log(points.sizes[-1] / points.sizes[0])
    rise = math.log(points.amounts[-1] / max(points.amounts[0], least / WIDE_RANGE))
    return rise >= law.exponent / 2 * steps


def steps(value: Callable[[str], float]) -> float:
    """Return how much was done: instructions, or accesses where there are more of these, as of an instruction that copies."""
    return max(value("instructions"), value("loads") + value("stores"))


def _steps_of(evidence: Evidence) -> float:
    return steps(lambda name: evidence.value(name) or 0.0)


def _ratio(baskets: tuple[Basket, Basket], time_ratio: float) -> float:
    first, second = (steps(basket.value) for basket in baskets)
    return second / first if first > 0 and second > 0 else time_ratio


def growth_factor(a: Growth, b: Growth, n: float | None, ratio: float) -> float:
    """Return by how much B does more than A at size n because it grows faster; 1 where that is not certain.

    B's work over A's is c · f_B(n) / f_A(n). What of it the laws make is at most the whole ratio: a constant c below one is
    the price at which a better law is bought, and is made good by growth first.
    """
    if n is None or ratio <= 1 or a.exponent is None or b.exponent is None or a.of != b.of:
        return 1.0
    apart = b.exponent - a.exponent
    by_law = a.law not in (b.law, "unknown") and b.law != "unknown" and apart > 0
    needed = TIMED_GAP if b.of == "time" else (LOG_GAP if by_law else COUNTED_GAP)
    certain = growth.excess(a, b) > 0 or by_law
    if apart < needed or not certain:
        return 1.0
    laws = growth.law_value(b.law, b.exponent, n) / growth.law_value(a.law, a.exponent, n)
    return max(min(laws, ratio), 1.0)


def elements_an_operation(basket: Basket, other: Basket | None = None) -> float:
    """Return how many elements an arithmetic instruction processes; elements that only the other side's vectors show are
    taken to be processed one at a time here, by integer instructions that are not told from the rest."""
    operations = basket.value("operations.scalar") + basket.value("operations.vector")
    elements = basket.value("operations.elements")
    if other is not None:
        unseen = (
            max(other.value("operations.elements") - elements, 0.0)
            if elements < 0.5 * other.value("operations.elements")
            else 0.0
        )
        operations, elements = operations + unseen, elements + unseen
    return elements / operations if operations > 0 else 0.0


def vector_factor(a: Basket, b: Basket, lanes: tuple[float, float], growth_factor: float) -> float:
    """Return the factor on B's instructions that comes from processing fewer elements an instruction than A.

    Seen from A (what it would lose) and from B (what it would gain), the geometric mean of the two. Where A is little but
    a loop of vectors, all that B does more is taken to be for the lack of them, up to three times of what their elements
    say: one vector instruction (a sum of absolute differences, say) may stand for several scalar ones.
    """
    first, second = a.value("instructions"), b.value("instructions") / growth_factor
    if min(*lanes, first, second) <= 0 or lanes[0] < 1.2 * lanes[1]:
        return 1.0
    operations = a.value("operations.scalar") + a.value("operations.vector")
    loop = min(first / operations, LONGEST_LOOP)
    saved = min((lanes[0] / lanes[1] - 1) * operations * loop, 0.98 * second)
    lost = (first + saved) / first
    if operations * loop >= VECTOR_LOOP * first and second / first <= RICHER * lost:
        return max(second / first, 1.0)
    gained = second / (second - saved)
    return math.sqrt(lost * gained)
