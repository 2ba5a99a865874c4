"""The basket: what one side caused at the size that is explained, from all its sources, without what starting up took.

Sources count at the sizes they can afford; a larger size is extrapolated from the counted ones by the growth of each count,
and its interval widened by what the extrapolation may be wrong by. Where two sources counted the same thing the better one
is taken and the other checks it.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hwbench.explain import growth
from hwbench.records import Count, Evidence, Growth, Side, Source

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFERRED: Final[tuple[Source, ...]] = (
    "perf_event",
    "plugin",
    "traced",
    "cachegrind",
    "samples",
    "os",
    "strace",
    "scaling",
    "perturbation",
)
EXTRAPOLATED: Final = 0.1  # of the exponent: how far a count's growth beyond what was counted is trusted
LONGEST_STRETCH: Final = 1e6
WHOLE: Final = "the whole program was counted"  # a note of sources that know no region
FEW: Final = 100.0  # events tell no growth of their own
STEEPER: Final = 1.5  # than all that a side does: so no count of a part of it grows
LEAST: Final = 1e-6  # a count of nothing, where a logarithm of it is wanted
NEVER_NET: Final = ("memory.peak", "threads", "samples.total", "samples.peak", "samples.places")


ENOUGH_LEFT: Final = 0.7


ShareAt = Callable[[float | None], float]
Counts = Mapping[str, float]


def _all_of_it(_n: float | None) -> float:
    return 1.0


@dataclass(frozen=True)
class Basket:
    """Counts of one side at size `n`, net of starting up, each with its source; `checks` says where sources differ."""

    n: float | None
    counts: dict[str, Count] = field(default_factory=dict)
    source: dict[str, Source] = field(default_factory=dict)
    extrapolated: bool = False
    differs: tuple[str, ...] = ()

    def value(self, name: str, default: float = 0.0) -> float:
        """Return a count's value, or a default where nobody counted it."""
        count = self.counts.get(name)
        return default if count is None else count.value

    def has(self, name: str) -> bool:
        """Whether any source counted it."""
        return name in self.counts


def common_startup(sides: tuple[Side, Side], laws: tuple[Growth, Growth], shares: tuple[ShareAt, ShareAt]) -> Counts:
    """Return what starting up caused, for a side that was counted at one size only; nothing where that cannot be told.

    Both sides are taken to start up alike. A side that was counted at several sizes tells it; where both were counted at
    one and the same size, the side that does little else: there, the share of the time tells the share of the counts best.
    """
    counted = [sorted(_whole_counts(side), key=lambda each: -1.0 if each.n is None else each.n) for side in sides]
    if any(not found or _marks(side) for found, side in zip(counted, sides, strict=True)):
        return {}
    first, second = counted
    if len(first) > 1 or len(second) > 1:
        return _constant_part(*((first, laws[0]) if len(first) >= len(second) else (second, laws[1])))
    if first[0].n is None or first[0].n != second[0].n:
        return {}
    left = [share(first[0].n) for share in shares]
    chosen, share = (first[0], left[0]) if left[0] <= left[1] else (second[0], left[1])
    return {name: count.value * (1 - share) for name, count in chosen.counts.items()}


def _whole_counts(side: Side) -> list[Evidence]:
    found = [each for sized in side.sizes for each in sized.evidence if each.unavailable is None]
    return [each for each in found if each.source == "plugin" and each.share >= 1]


def _constant_part(counted: list[Evidence], known: Growth) -> Counts:
    """Return what of each count does not grow with n."""
    constant = {}
    for name in counted[-1].counts:
        points = growth.points_of([(each.n, each.value(name)) for each in counted])
        if len(points.sizes) > 1 and min(points.amounts) > 0:
            law = _law_of(points, known)
            constant[name] = points.amounts[-1] if law.law == "1" else points.amounts[-1] - growth.net(points, law)
    return constant


def basket_of(
    side: Side,
    n: float | None,
    law: Growth | None = None,
    share_at: ShareAt = _all_of_it,
    startup: Counts = types.MappingProxyType({}),
) -> Basket:
    """Return the counts of a side at size `n`; what was counted at one or two sizes only grows by the side's `law`.

    `share_at` says which share of the time at a size is not starting up: what was counted at one size is taken to be
    shared out likewise, unless `startup` says what starting up caused. What was counted of a part is of no use where
    most of it is starting up.
    """
    by_source: dict[Source, list[Evidence]] = {}
    for sized in side.sizes:
        for evidence in sized.evidence:
            if evidence.unavailable is None and not _samples_too_much(side, evidence):
                by_source.setdefault(evidence.source, []).append(evidence)
    by_source = {
        source: usable
        for source, found in by_source.items()
        if (usable := [each for each in whole_ones(found) if each.share >= 1 or share_at(each.n) >= ENOUGH_LEFT])
    }
    counts: dict[str, Count] = {}
    chosen: dict[str, Source] = {}
    differs: list[str] = []
    extrapolated = False
    for source in (name for name in PREFERRED if name in by_source):
        found = by_source[source]
        extrapolated |= n is not None and all(evidence.n is not None and evidence.n < n for evidence in found)
        for name in sorted({name for evidence in found for name in evidence.counts}):
            is_region = _marks(side) and not any(WHOLE in note for evidence in found for note in evidence.notes)
            spent = startup.get(name) if source == "plugin" else None
            net = 1.0 if is_region else share_at(found[-1].n) if spent is None else _left(found, name, spent)
            count = _at(found, name, n, law, net, is_region=is_region)
            if name not in counts:
                counts[name], chosen[name] = count, source
            elif _far_apart(counts[name], count):
                differs.append(f"{name}: {chosen[name]} says {counts[name].value:.4g}, {source} {count.value:.4g}")
    return Basket(n, counts, chosen, extrapolated, tuple(differs))


def _samples_too_much(side: Side, evidence: Evidence) -> bool:
    """Whether the clock was sampled all along a program of which a region alone is meant: that tells nothing of the region."""
    return evidence.source == "samples" and _marks(side) and any(WHOLE in note for note in evidence.notes)


def whole_ones(found: list[Evidence]) -> list[Evidence]:
    """Return the counts of whole programs; where there is none, those of parts, which are scaled by a guess."""
    return [evidence for evidence in found if evidence.share >= 1] or found


def _left(found: list[Evidence], name: str, startup: float) -> float:
    whole = found[-1].value(name) or 0.0
    return max(1 - startup / whole, 0.0) if whole > 0 else 1.0


def _marks(side: Side) -> bool:
    return side.command is not None and side.command.region


def _at(
    found: Iterable[Evidence], name: str, n: float | None, known: Growth | None, share: float, *, is_region: bool
) -> Count:
    """Return one count at size `n`, net of starting up (unless the region alone was counted) and extrapolated if need be."""
    pairs = sorted(
        ((evidence.n, _whole(evidence, name)) for evidence in found if name in evidence.counts),
        key=lambda pair: -1.0 if pair[0] is None else pair[0],
    )
    last_n, last = pairs[-1]
    if name in NEVER_NET:
        return last
    if last.value <= 0:
        return last
    points = growth.points_of([(size, max(count.value, LEAST)) for size, count in pairs])
    law = _law_of(points, known)
    value = last.value * share if is_region or len(points.sizes) < 2 else growth.net(points, law)
    low, high = _spread(last)
    count = Count(value=value, low=value * low, high=value * high)
    if n is None or last_n is None or last_n >= n:
        return count
    constant = last.value - growth.net(points, law) if is_region and len(points.sizes) > 1 else 0.0
    return _stretched(count, constant, points, law, n)


def _law_of(points: growth.Points, known: Growth | None) -> Growth:
    """Return how a count grows: by its own points where there are three; with fewer, as its side is known to grow."""
    law = growth.fit(points) if len(points.sizes) > 1 else Growth(law="unknown")
    if len(points.sizes) > 1 and points.amounts[-1] <= points.amounts[0]:
        return Growth(law="1", exponent=0.0)  # what does not rise is not stretched
    if known is not None and known.law != "unknown":
        is_steep = (law.exponent or 0.0) > (known.exponent or 0.0) + STEEPER
        if points.amounts[-1] < FEW or is_steep:
            return known
    is_flat = len(points.sizes) == 2 and (law.law == "1" or (known is not None and known.law == "1"))
    if len(points.sizes) > 2 or is_flat or known is None or known.law == "unknown":
        return law
    return known


def _whole(evidence: Evidence, name: str) -> Count:
    """Return a count scaled to the whole program where the source stopped early."""
    count = evidence.counts[name]
    if evidence.share >= 1 or evidence.share <= 0:
        return count
    scale = 1 / evidence.share
    low, high = (count.value if bound is None else bound for bound in (count.low, count.high))
    return Count(value=count.value * scale, low=low * scale * 0.8, high=high * scale * 1.25)


def _spread(count: Count) -> tuple[float, float]:
    if count.value <= 0:
        return 1.0, 1.0
    low, high = (count.value if bound is None else bound for bound in (count.low, count.high))
    return min(low / count.value, 1.0), max(high / count.value, 1.0)


def _stretched(count: Count, constant: float, points: growth.Points, law: Growth, n: float) -> Count:
    """Return a count at a larger size than was counted, by its own growth; the constant part of it stays what it is."""
    last = points.sizes[-1]
    doubt = (n / last) ** EXTRAPOLATED
    if len(points.sizes) < 2 and law.law == "unknown":
        factor, doubt = n / last, math.sqrt(n / last)
    else:
        exponent = law.exponent if law.exponent is not None else 1.0
        first, whole = (growth.law_value(law.law, exponent, size) for size in (last, n))
        factor = whole / first if first > 0 else (n / last) ** exponent
    factor = min(factor, LONGEST_STRETCH**2)
    low, high = _spread(count)
    growing = (count.value - constant) * factor
    value = constant + growing
    return Count(value=value, low=(constant + growing / doubt) * low, high=(constant + growing * doubt) * high)


def _far_apart(first: Count, second: Count) -> bool:
    """Whether two sources say clearly different things: by more than a tenth, outside both intervals."""
    if max(first.value, second.value) <= 0:
        return False
    apart = abs(first.value - second.value) > 0.1 * max(first.value, second.value)
    low, high = (first.value if bound is None else bound for bound in (first.low, first.high))
    return apart and not low <= second.value <= high
