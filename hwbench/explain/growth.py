"""How work and time grow with n: the law that fits best, and the exponent of n with an interval.

Both are fitted to amounts that hold a constant part (starting up): y = a + b·f(n) with a, b ≥ 0, in relative least squares, so
that a small size weighs as much as a large one. The law is one of six; the exponent is that of the power law through the
points with the fitted constant taken off. Counted work is exact, so its residual tells a wrong law from a right one; times
carry noise, so their exponent has a wide interval.
Fooled by: too narrow a range of sizes (n log n over a factor of four is n^1.1), and by two laws in one program.
Source: the fit of google/benchmark's complexity.cc, with a constant and an interval added.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from hwbench.records import Growth, Law

LAWS: Final[dict[Law, Callable[[float], float]]] = {
    "1": lambda _: 1.0,
    "log n": lambda n: math.log2(n + 1),
    "n": lambda n: n,
    "n log n": lambda n: n * math.log2(n + 1),
    "n^2": lambda n: n**2,
    "n^3": lambda n: n**3,
}
EXPONENTS: Final[dict[Law, float]] = {"1": 0.0, "log n": 0.0, "n": 1.0, "n log n": 1.0, "n^2": 2.0, "n^3": 3.0}
EXACT: Final = 0.002  # relative error of a counted amount: hashing, addresses and the like move it by about so much
FLAT: Final = 0.02  # a growth by less than this over the whole range is none
CANDIDATES: Final = np.linspace(0.0, 3.5, 141)
STEEP: Final = np.geomspace(3.6, 60.0, 120)  # what no power law is: each further step of n costs a factor
STRANGE: Final = 0.05  # a law that misses by more than this is not the one; nor is one whose exponent is so much off:
OFF: Final = 0.25
TOLD_APART: Final[tuple[Law, ...]] = ("n", "n^2", "n^3")
PLAIN: Final = 0.03  # an exponent as near as that to a whole number is one
WORSE: Final = 3.0  # an exponent is within the interval while its error is less than so many times the best


@dataclass(frozen=True)
class Points:
    """Amounts at sizes, with the relative uncertainty of each; sizes rise."""

    sizes: tuple[float, ...]
    amounts: tuple[float, ...]
    doubt: float = EXACT

    @property
    def is_flat(self) -> bool:
        """Whether the amounts do not grow beyond their doubt."""
        low, high = min(self.amounts), max(self.amounts)
        return high <= low * (1 + max(FLAT, 3 * self.doubt))


def fit(points: Points, of: Literal["instructions", "time"] = "instructions") -> Growth:
    """Return how amounts grow; law `unknown` where fewer than two sizes were measured or nothing is left to fit."""
    if len(points.sizes) < 2 or min(points.amounts) <= 0:
        return Growth(law="unknown")
    if points.is_flat:
        return Growth(law="1", exponent=0.0, low=0.0, high=_flat_bound(points), of=of)
    exponent, low, high = _exponent(points)
    return Growth(law=_law(points, of), exponent=exponent, low=low, high=high, of=of)


def told_by_time(counted: Points, timed: Points) -> Growth | None:
    """Return how an amount counted at two sizes grows, told by the time at a third; None where the time cannot tell.

    Two counts leave the constant part open: a slow rise may be a slow law, or a fast one beside a long starting up. The
    times at these two sizes and a larger one have a rise each, and their ratio knows no constant. No times tell n log n from n.
    A constant only hides growth: the law is never slower than the two counts show.
    """
    seen = _two_point_exponent(counted)
    is_plain = seen > 1 - PLAIN and abs(seen - round(seen)) < PLAIN  # a constant that happens to hide a law is unlikely
    at = dict(zip(timed.sizes, timed.amounts, strict=True))
    sizes = (*counted.sizes, timed.sizes[-1]) if timed.sizes else ()
    if is_plain or counted.is_flat or len(sizes) != 3 or sizes[2] <= sizes[1] or any(n not in at for n in sizes):
        return None
    bounds = _rise_bounds([at[n] for n in sizes], timed.doubt)
    if bounds is None:
        return None
    ratios: dict[Law, float] = {law: _rise_ratio(sizes, functools.partial(law_value, law, None)) for law in TOLD_APART}
    fast_enough = [law for law in TOLD_APART if EXPONENTS[law] >= seen - OFF]
    law = next((law for law in fast_enough if bounds[0] <= ratios[law] <= bounds[1]), None)
    if law is None:
        return None
    powers = [(p, _rise_ratio(sizes, functools.partial(_power, 1.0, float(p)))) for p in CANDIDATES[1:]]
    within = [float(p) for p, ratio in powers if bounds[0] <= ratio <= bounds[1] and p >= seen - OFF]
    power = EXPONENTS[law]
    return Growth(law=law, exponent=power, low=min([*within, power]), high=max([*within, power]), of="instructions")


def _rise_bounds(amounts: Sequence[float], doubt: float) -> tuple[float, float] | None:
    """Return between what the second rise of three amounts over the first may lie; None if the second is within the doubt."""
    first, second, third = amounts
    early, late = second - first, third - second
    slack = doubt * (first + second), doubt * (second + third)
    if late <= slack[1]:
        return None
    steepest = (late + slack[1]) / (early - slack[0]) if early > slack[0] else math.inf
    return (late - slack[1]) / max(early + slack[0], 1e-12), steepest


def _rise_ratio(sizes: Sequence[float], function: Callable[[float], float]) -> float:
    first, second, third = (function(n) for n in sizes)
    return (third - second) / max(second - first, 1e-300)


def _flat_bound(points: Points) -> float:
    span = math.log(points.sizes[-1] / points.sizes[0])
    return math.log1p(max(FLAT, 3 * points.doubt)) / span


def _law(points: Points, of: str = "instructions") -> Law:
    """Return the law with the least error; of laws that fit equally well, the slowest growing.

    Noise lets log n pass for n beside a long starting up, which would leave nothing of that: no time is said to be log n.
    """
    if len(points.sizes) == 2:  # any law fits two points with a constant: a slow rise is n beside the starting up
        exponent = max(_two_point_exponent(points), 1.0)
        law: Law = min(("n", "n^2", "n^3"), key=lambda law: abs(EXPONENTS[law] - exponent))
        return law if abs(EXPONENTS[law] - exponent) <= OFF else "unknown"
    slow = ("1", "log n") if of == "time" else ("1",)
    errors = {law: _error(points, function) for law, function in LAWS.items() if law not in slow}
    best = min(errors.values())
    if best > max(STRANGE, 3 * points.doubt):
        return "unknown"
    allowed = max(best * 1.5, points.doubt)
    return next(law for law, error in errors.items() if error <= allowed)


def _error(points: Points, function: Callable[[float], float]) -> float:
    """Return the relative root-mean-square error of the best a + b·f(n) with a, b ≥ 0."""
    values = np.array([function(n) for n in points.sizes])
    amounts = np.array(points.amounts)
    constant, slope = constant_and_slope(values, amounts)
    return float(np.sqrt(np.mean(((constant + slope * values) / amounts - 1) ** 2)))


def constant_and_slope(values: NDArray[np.float64], amounts: NDArray[np.float64]) -> tuple[float, float]:
    """Return a and b of a + b·values nearest to the amounts in relative least squares, neither below zero."""
    weighted = np.stack([1 / amounts, values / amounts], axis=1)
    (constant, slope), *_ = np.linalg.lstsq(weighted, np.ones_like(amounts), rcond=None)
    if slope < 0:
        return float(1 / np.mean(1 / amounts)), 0.0
    if constant < 0:
        ratios = values / amounts
        return 0.0, float(np.sum(ratios) / np.sum(ratios**2))
    return float(constant), float(slope)


def _exponent(points: Points) -> tuple[float, float, float]:
    """Return the exponent p of a + b·n^p with the range of those that fit about as well."""
    if len(points.sizes) == 2:
        seen = _two_point_exponent(points)
        exponent = max(seen, 1.0)
        width = 3 * points.doubt / math.log(points.sizes[1] / points.sizes[0])
        return exponent, seen - width, exponent + max(width, 0.3)  # what starting up costs would raise it
    candidates = np.concatenate((CANDIDATES, STEEP)) if _is_steep(points) else CANDIDATES
    errors = np.array([_error(points, functools.partial(_power, points.sizes[0], p)) for p in candidates])
    best = int(np.argmin(errors))
    allowed = max(errors[best] * WORSE, points.doubt)
    within = candidates[errors <= max(allowed, errors[best])]
    return float(candidates[best]), float(within.min()), float(within.max())


def _is_steep(points: Points) -> bool:
    """Whether the last rise alone, of the whole amounts, is steeper than every power law that is tried (fib(n), 2^n)."""
    before, last = points.amounts[-2:]
    steepest = float(CANDIDATES[-1])
    return math.log(last / before) > steepest * math.log(points.sizes[-1] / points.sizes[-2])


def _power(unit: float, exponent: float, n: float) -> float:
    return float((n / unit) ** exponent)


def _two_point_exponent(points: Points) -> float:
    return math.log(points.amounts[-1] / points.amounts[0]) / math.log(points.sizes[-1] / points.sizes[0])


def law_value(law: Law, exponent: float | None, n: float) -> float:
    """Return f(n) of a law; of an unknown one, n to its exponent, or n."""
    if law in LAWS:
        return LAWS[law](n)
    return float(n ** (exponent if exponent is not None else 1.0))


def net(points: Points, growth: Growth) -> float:
    """Return the amount at the largest size without what does not grow with n (starting up).

    y(n) − a, with a from the law (n, where it is unknown) through the smallest and the largest size; where nothing grows, or
    with one size, nothing is known to be starting up.
    """
    last = points.amounts[-1]
    if len(points.sizes) < 2 or growth.law == "1":
        return last
    first, whole = (law_value(growth.law, growth.exponent, n) for n in (points.sizes[0], points.sizes[-1]))
    rise = last - points.amounts[0]
    if whole <= first or rise <= 0:
        return last
    return min(rise * whole / (whole - first), last)


def excess(a: Growth, b: Growth) -> float:
    """Return by how much B's exponent is above A's for certain: the gap between their intervals, 0 where they overlap."""
    if a.exponent is None or b.exponent is None:
        return 0.0
    low = b.low if b.low is not None else b.exponent
    high = a.high if a.high is not None else a.exponent
    return max(low - high, 0.0)


def points_of(pairs: Sequence[tuple[float | None, float | None]], doubt: float = EXACT) -> Points:
    """Return the points of (size, amount) pairs that have both, by rising size."""
    known = sorted((n, amount) for n, amount in pairs if n is not None and amount is not None)
    return Points(tuple(n for n, _ in known), tuple(amount for _, amount in known), doubt)
