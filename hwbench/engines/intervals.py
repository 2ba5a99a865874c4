"""Samples as a record has them: their median, and the ratio of two medians, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence

from hwbench import stats
from hwbench.records import Interval


def seconds(samples: Sequence[float]) -> Interval:
    """Return the median of samples in seconds."""
    middle = stats.median(samples)
    return Interval(value=middle.value, low=middle.low, high=middle.high, unit="s")


def ratio(samples: Sequence[float], reference: Sequence[float]) -> Interval:
    """Return how many times as long samples are as others."""
    found = stats.ratio_of_medians(samples, reference)
    return Interval(value=found.value, low=found.low, high=found.high, unit="×")
