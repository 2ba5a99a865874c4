"""Pure statistics of samples: estimates with intervals, change points, monotone fits, crossings.

Latencies take a lower envelope (interference only ever adds), programs their middle runs, everything else the median.
Every formula names its source.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray


RANGE_SHARE: Final = 0.05
ROUNDING: Final = 1e-6  # of the range of the values: less is left over by sums of squares in double precision


class Estimate(NamedTuple):
    """A value between two bounds, all in the unit of the samples."""

    value: float
    low: float
    high: float

    def scaled(self, factor: float) -> Estimate:
        """Return the estimate in another unit."""
        low, high = sorted((self.low * factor, self.high * factor))
        return Estimate(self.value * factor, low, high)


def lower_envelope(samples: ArrayLike) -> Estimate:
    """Estimate an undisturbed cost: the second smallest sample, between the smallest and the lower quartile.

    The smallest alone may be a mistake of the clock; with fewer than four samples it is all there is.
    """
    ordered = np.sort(np.asarray(samples, dtype=float))
    if ordered.size == 0:
        raise ValueError("an estimate needs at least one sample")
    second = float(ordered[1] if ordered.size >= 4 else ordered[0])
    return Estimate(second, float(ordered[0]), max(second, float(np.quantile(ordered, 0.25))))


def median(samples: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Estimate the middle: the median with its distribution-free interval from order statistics.

    Source: Hahn and Meeker, Statistical Intervals, section 5.2 (binomial ranks); with under six samples, the range.
    """
    ordered = np.sort(np.asarray(samples, dtype=float))
    count = int(ordered.size)
    if count == 0:
        raise ValueError("an estimate needs at least one sample")
    rank = _binomial_rank(count, confidence)
    return Estimate(float(np.median(ordered)), float(ordered[rank]), float(ordered[count - 1 - rank]))


def _binomial_rank(count: int, confidence: float) -> int:
    """Return the largest rank r such that (r-th smallest, r-th largest) covers the median with `confidence`."""
    tail, rank = 0.0, 0
    for below in range(count // 2):
        tail += math.comb(count, below) / 2**count
        if 2 * tail > 1 - confidence:
            break
        rank = below + 1
    return max(rank - 1, 0)


def upper_envelope(samples: ArrayLike) -> Estimate:
    """Estimate an undisturbed rate: the second largest sample, between the upper quartile and the largest."""
    mirrored = lower_envelope(-np.asarray(samples, dtype=float))
    return Estimate(-mirrored.value, -mirrored.high, -mirrored.low)


def middle(samples: ArrayLike, resamples: int = 400, seed: int = 1) -> Estimate:
    """Estimate what a run usually takes: the mean without the lowest tenth and the highest two fifths, with a bootstrap
    interval, 95 %.

    Where a machine has two speeds (a neighbour on the core's other thread comes and goes), the median of a few runs falls
    on one of them by chance; this moves smoothly with how often each was met. More is cut above, since interference
    only ever adds.
    Source: Wilcox, Introduction to Robust Estimation and Hypothesis Testing, sections 3.3 and 4.3; Efron 1979.
    """
    values = np.asarray(samples, dtype=float)
    if values.size == 0:
        raise ValueError("an estimate needs at least one sample")
    drawn = np.random.default_rng(seed).choice(values, (resamples, values.size))
    low, high = np.quantile(_trimmed(drawn), (0.025, 0.975))
    value = float(_trimmed(values[None, :])[0])
    return Estimate(value, min(value, float(low)), max(value, float(high)))


def _trimmed(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of each row without its lowest tenth and its highest two fifths."""
    count = rows.shape[1]
    ordered = np.sort(rows, axis=1)
    means: NDArray[np.float64] = ordered[:, count // 10 : count - 2 * count // 5].mean(axis=1)
    return means


def difference(minuend: ArrayLike, subtrahend: ArrayLike, resamples: int = 400, seed: int = 1) -> Estimate:
    """Estimate the difference of two middles with a bootstrap percentile interval (Efron 1979), 95 %."""
    first, second = np.asarray(minuend, dtype=float), np.asarray(subtrahend, dtype=float)
    generator = np.random.default_rng(seed)
    draws = _trimmed(generator.choice(first, (resamples, first.size))) - _trimmed(
        generator.choice(second, (resamples, second.size))
    )
    low, high = np.quantile(draws, (0.025, 0.975))
    value = float(_trimmed(first[None, :])[0] - _trimmed(second[None, :])[0])
    return Estimate(value, min(value, float(low)), max(value, float(high)))


def ratio_of_medians(numerator: ArrayLike, denominator: ArrayLike, resamples: int = 2000, seed: int = 1) -> Estimate:
    """Estimate the ratio of two medians of positive samples with a bootstrap percentile interval (Efron 1979), 95 %.

    With few samples the percentile interval is too narrow (Hall 1992); it never leaves the ratios that the extremes allow.
    """
    above, below = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    if above.size == 0 or below.size == 0 or min(above.min(), below.min()) <= 0:
        raise ValueError("a ratio needs positive samples on both sides")
    generator = np.random.default_rng(seed)
    draws = np.median(generator.choice(above, (resamples, above.size)), axis=1) / np.median(
        generator.choice(below, (resamples, below.size)), axis=1
    )
    low, high = np.quantile(draws, (0.025, 0.975))
    value = float(np.median(above) / np.median(below))
    return Estimate(value, min(value, float(low)), max(value, float(high)))


def monotone(values: ArrayLike) -> NDArray[np.float64]:
    """Return the non-decreasing sequence nearest in least squares (pool adjacent violators, Ayer et al. 1955)."""
    means: list[float] = []
    counts: list[int] = []
    for value in np.asarray(values, dtype=float):
        means.append(float(value))
        counts.append(1)
        while len(means) > 1 and means[-2] > means[-1]:
            total = counts[-2] + counts[-1]
            means[-2:] = [(means[-2] * counts[-2] + means[-1] * counts[-1]) / total]
            counts[-2:] = [total]
    return np.repeat(means, counts)


def change_points(values: ArrayLike, minimum_length: int = 2, noise: float | None = None) -> list[int]:
    """Return the starts of the segments (the first is 0) of the best piecewise-constant fit.

    An exact dynamic program over segmentations with a BIC penalty (Jackson et al. 2005; Yao 1988): each further segment
    must lower the residual sum of squares by 2·noise²·log n. `noise` is the standard deviation of a value about its
    level; without it, it is estimated from first differences (robustly, by their median).
    """
    data = np.asarray(values, dtype=float)
    count = int(data.size)
    if count < 2 * minimum_length:
        return [0]
    sigma = noise if noise is not None else float(np.median(np.abs(np.diff(data)))) / (0.6745 * math.sqrt(2))
    data = data - np.median(data)  # sums of squares of large values next to each other would lose their difference
    penalty = 2 * max(sigma, 1e-9, ROUNDING * float(np.abs(data).max())) ** 2 * math.log(count)
    sums, squares = np.concatenate(([0.0], np.cumsum(data))), np.concatenate(([0.0], np.cumsum(data**2)))
    best, previous = [-penalty], [0]
    for end in range(1, count + 1):
        options = [(math.inf, 0)]
        for start in range(end - minimum_length + 1):
            residual = squares[end] - squares[start] - (sums[end] - sums[start]) ** 2 / (end - start)
            options.append((best[start] + max(float(residual), 0.0) + penalty, start))
        cost, origin = min(options)
        best.append(cost)
        previous.append(origin)
    return _walk_back(previous, count)


def _walk_back(previous: Sequence[int], count: int) -> list[int]:
    starts, end = [], count
    while end > 0:
        end = previous[end]
        starts.append(end)
    return starts[::-1]


def crossing(positions: ArrayLike, values: ArrayLike, threshold: float) -> float | None:
    """Return where a rising curve first crosses `threshold`, interpolated with positions on a log scale; None if never."""
    x, y = np.log(np.asarray(positions, dtype=float)), np.asarray(values, dtype=float)
    above = np.flatnonzero(y >= threshold)
    if above.size == 0 or above[0] == 0:
        return None
    right = int(above[0])
    share = (threshold - y[right - 1]) / (y[right] - y[right - 1])
    return float(np.exp(x[right - 1] + share * (x[right] - x[right - 1])))


def agrees(value: float, nominal: float, tolerance: float = RANGE_SHARE) -> bool:
    """Whether a measured value is the claimed one within a relative tolerance."""
    return abs(value - nominal) <= tolerance * abs(nominal)
