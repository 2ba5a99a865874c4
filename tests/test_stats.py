"""Estimates, intervals, fits and crossings are exactly what their formulas say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwbench import stats
from hwbench.stats import Estimate

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)
SAMPLES = st.lists(NUMBERS, min_size=1, max_size=60)


def test_an_estimate_in_another_unit_keeps_its_bounds_in_order() -> None:
    assert Estimate(2.0, 1.0, 4.0).scaled(10) == (20.0, 10.0, 40.0)
    assert Estimate(2.0, 1.0, 4.0).scaled(-1) == (-2.0, -4.0, -1.0)


def test_the_lower_envelope_is_the_second_smallest_up_to_the_lower_quartile() -> None:
    assert stats.lower_envelope([9, 1, 2, 3, 4, 5, 6, 7, 8]) == (2.0, 1.0, 3.0)
    assert stats.lower_envelope([4, 3, 2, 1]) == (2.0, 1.0, 2.0)


def test_with_under_four_samples_the_lower_envelope_is_the_smallest() -> None:
    assert stats.lower_envelope([7]) == (7.0, 7.0, 7.0)
    assert stats.lower_envelope([3, 1, 2]) == (1.0, 1.0, 1.5)


def test_the_upper_envelope_is_the_second_largest_down_to_the_upper_quartile() -> None:
    assert stats.upper_envelope([1, 2, 3, 4, 5, 6, 7, 8, 9]) == (8.0, 7.0, 9.0)
    assert stats.upper_envelope([7]) == (7.0, 7.0, 7.0)


@pytest.mark.parametrize("estimate", [stats.lower_envelope, stats.upper_envelope, stats.median])
def test_no_samples_are_no_estimate(estimate) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="at least one sample"):
        estimate([])


# Hahn and Meeker, Statistical Intervals; the same as Conover, Practical Nonparametric Statistics, table A3:
# the r-th smallest and r-th largest of n samples cover the median with at least 95 %.
@pytest.mark.parametrize(
    ("count", "rank"),
    [
        (6, 1),
        (7, 1),
        (8, 1),
        (9, 2),
        (10, 2),
        (11, 2),
        (12, 3),
        (15, 4),
        (20, 6),
        (25, 8),
        (30, 10),
        (50, 18),
        (100, 40),
    ],
)
def test_the_interval_of_the_median_lies_at_the_ranks_of_the_tables(count: int, rank: int) -> None:
    estimate = stats.median(np.arange(1, count + 1))
    assert (estimate.low, estimate.high) == (rank, count + 1 - rank)
    assert estimate.value == (count + 1) / 2


@pytest.mark.parametrize("count", range(1, 6))
def test_with_under_six_samples_the_interval_of_the_median_is_the_range(count: int) -> None:
    assert stats.median(np.arange(1, count + 1)) == ((count + 1) / 2, 1.0, float(count))


def test_more_confidence_takes_a_wider_interval() -> None:
    numbers = np.arange(1, 101)
    low = [stats.median(numbers, confidence).low for confidence in (0.5, 0.9, 0.95, 0.99, 0.999)]
    assert low == [47, 42, 40, 37, 34]


@given(count=st.integers(6, 300), confidence=st.sampled_from([0.9, 0.95, 0.99]))
def test_the_ranks_cover_the_median_and_the_next_ones_would_not(count: int, confidence: float) -> None:
    def covered(rank: int) -> float:
        return 1 - 2 * sum(math.comb(count, below) for below in range(rank)) / 2**count

    rank = int(stats.median(np.arange(1, count + 1), confidence).low)
    assert covered(rank) >= confidence or rank == 1
    assert covered(rank + 1) < confidence


@given(SAMPLES)
def test_every_estimate_lies_in_its_bounds_and_these_in_the_samples(samples: list[float]) -> None:
    for estimate in (stats.lower_envelope(samples), stats.upper_envelope(samples), stats.median(samples)):
        assert min(samples) <= estimate.low <= estimate.value <= estimate.high <= max(samples)


@given(SAMPLES, st.randoms(use_true_random=False))
def test_the_order_of_samples_means_nothing(samples: list[float], random) -> None:  # type: ignore[no-untyped-def]
    mixed = random.sample(samples, len(samples))
    for estimate in (stats.lower_envelope, stats.upper_envelope, stats.median):
        assert estimate(mixed) == estimate(samples)


@given(SAMPLES)
def test_an_upper_envelope_is_a_lower_one_seen_in_a_mirror(samples: list[float]) -> None:
    mirrored = stats.lower_envelope([-sample for sample in samples])
    assert stats.upper_envelope(samples) == (-mirrored.value, -mirrored.high, -mirrored.low)


def test_a_difference_of_constant_samples_is_exact() -> None:
    assert stats.difference([5.0] * 9, [3.0] * 4) == (2.0, 2.0, 2.0)


def test_the_middle_leaves_out_a_tenth_below_and_two_fifths_above() -> None:
    assert stats.middle([1.0] * 10).value == 1.0
    assert stats.middle([0.0, *[2.0] * 5, *[1000.0] * 4]).value == 2.0
    assert stats.middle([3.0]).value == 3.0
    assert stats.middle([3.0, 5.0]).value == 4.0


def test_the_middle_moves_smoothly_between_two_speeds_where_the_median_jumps() -> None:
    def at(slow: int) -> float:
        return stats.middle([1.0] * (20 - slow) + [2.0] * slow).value

    steps = [at(slow + 1) - at(slow) for slow in range(20)]
    assert max(steps) <= 0.101
    assert at(0) == 1.0
    assert at(20) == 2.0


def test_the_interval_of_the_middle_holds_it_and_is_repeatable() -> None:
    samples = np.random.default_rng(5).normal(10, 1, 30)
    estimate = stats.middle(samples)
    assert estimate.low <= estimate.value <= estimate.high
    assert estimate.high - estimate.low < 2
    assert stats.middle(samples) == estimate
    with pytest.raises(ValueError, match="at least one"):
        stats.middle([])


def test_a_difference_is_that_of_the_middles_within_its_interval_and_repeatable() -> None:
    generator = np.random.default_rng(3)
    first, second = generator.normal(10, 1, 200), generator.normal(7, 1, 200)
    estimate = stats.difference(first, second)
    assert estimate.value == pytest.approx(stats.middle(first).value - stats.middle(second).value)
    assert estimate.low < 3 < estimate.high
    assert estimate.high - estimate.low < 1
    assert stats.difference(first, second) == estimate
    assert stats.difference(first, second, seed=2) != estimate


@given(SAMPLES, SAMPLES, st.integers(1, 20))
def test_a_difference_lies_within_its_bounds(first: list[float], second: list[float], resamples: int) -> None:
    estimate = stats.difference(first, second, resamples)
    assert estimate.low <= estimate.value <= estimate.high


@pytest.mark.parametrize(
    ("values", "fit"),
    [
        ([], []),
        ([1, 2, 3], [1, 2, 3]),
        ([3, 2, 1], [2, 2, 2]),
        ([1, 3, 2, 4], [1, 2.5, 2.5, 4]),
        ([4, 5, 1, 6, 8, 7], [10 / 3, 10 / 3, 10 / 3, 6, 7.5, 7.5]),
        ([1, 5, 5, 0], [1, 10 / 3, 10 / 3, 10 / 3]),
    ],
)
def test_violators_are_pooled_to_their_mean(values: list[float], fit: list[float]) -> None:
    assert stats.monotone(values) == pytest.approx(fit)


@given(SAMPLES)
def test_a_monotone_fit_never_falls_keeps_the_mean_and_is_nearest(values: list[float]) -> None:
    fit, data = stats.monotone(values), np.array(values)
    assert all(np.diff(fit) >= 0)
    assert fit.sum() == pytest.approx(data.sum(), abs=1e-3)
    assert stats.monotone(fit) == pytest.approx(fit)
    away = ((fit - data) ** 2).sum()
    assert away <= ((np.maximum.accumulate(data) - data) ** 2).sum() + 1e-3  # another rising sequence
    assert away <= ((data.mean() - data) ** 2).sum() + 1e-3


@pytest.mark.parametrize("offset", [0.0, -40.0, 1e3, 1e6])
@pytest.mark.parametrize("noise", [None, 0.1])
def test_steps_are_found_where_they_are_however_high_they_stand(offset: float, noise: float | None) -> None:
    levels = np.repeat([4.0, 14.0, 50.0], [10, 7, 12])
    values = levels + 0.1 * (-1) ** np.arange(levels.size) + offset
    assert stats.change_points(values, noise=noise) == [0, 10, 17]


@pytest.mark.parametrize("offset", [0.0, 0.1, 1e6 + 0.1, 1e9 + 0.1])
def test_steps_without_noise_are_found_exactly(offset: float) -> None:
    assert stats.change_points(np.repeat([1.0, 2.0, 3.0], 5) + offset) == [0, 5, 10]
    assert stats.change_points(np.repeat([0.1, 0.3], 10) + offset) == [0, 10]


@pytest.mark.parametrize("value", [0.0, 0.1, 5.0, 1e8 + 0.1])
def test_a_constant_has_no_steps(value: float) -> None:
    assert stats.change_points([value] * 20) == [0]


def test_noise_alone_is_no_step_and_a_step_within_the_given_noise_neither() -> None:
    noise = np.random.default_rng(5).normal(0, 1, 60)
    assert stats.change_points(noise) == [0]
    assert stats.change_points([1.0] * 8 + [1.5] * 8, noise=1.0) == [0]
    assert stats.change_points([1.0] * 8 + [1.5] * 8, noise=0.1) == [0, 8]


def test_a_further_segment_must_pay_its_penalty() -> None:
    """Two halves d apart save n·d²/4; a segment costs 2·noise²·log n: with n = 8 and no noise left over, d ≈ 1.442."""
    edge = math.sqrt(2 * math.log(8) / 2)
    assert stats.change_points([0.0] * 4 + [0.99 * edge] * 4, noise=1.0) == [0]
    assert stats.change_points([0.0] * 4 + [1.01 * edge] * 4, noise=1.0) == [0, 4]


def test_segments_are_never_shorter_than_the_minimum() -> None:
    values = [0.0] * 6 + [100.0] + [0.0] * 6
    assert stats.change_points(values, minimum_length=1, noise=1.0) == [0, 6, 7]
    starts = stats.change_points(values, minimum_length=3, noise=1.0)
    assert min(np.diff([*starts, len(values)])) >= 3


@pytest.mark.parametrize("values", [[], [1], [1, 9], [1, 1, 9]])
def test_too_few_values_for_two_segments_are_one(values: list[float]) -> None:
    assert stats.change_points(values) == [0]


@given(st.lists(NUMBERS, max_size=25), st.integers(1, 4))
def test_segments_begin_at_zero_rise_and_are_long_enough(values: list[float], shortest: int) -> None:
    starts = stats.change_points(values, shortest, 1.0)
    assert starts[0] == 0
    if len(starts) > 1:
        assert min(np.diff([*starts, len(values)])) >= shortest


def test_a_crossing_is_interpolated_on_a_log_scale() -> None:
    assert stats.crossing([1, 4], [0, 1], 0.5) == pytest.approx(2)
    assert stats.crossing([1, 10, 100, 1000], [0, 0, 10, 20], 2.5) == pytest.approx(10**1.25)
    assert stats.crossing([1, 10, 100], [0, 5, 9], 5) == pytest.approx(10)


def test_what_never_crosses_or_begins_above_has_no_crossing() -> None:
    assert stats.crossing([1, 2, 3], [0, 1, 2], 3) is None
    assert stats.crossing([1, 2, 3], [3, 4, 5], 3) is None


def test_the_first_of_several_crossings_counts() -> None:
    assert stats.crossing([1, 4, 16, 64], [0, 2, 0, 2], 1) == pytest.approx(2)


def test_values_agree_within_a_share_of_what_is_claimed() -> None:
    assert stats.agrees(105, 100)
    assert not stats.agrees(105.1, 100)
    assert stats.agrees(-95, -100)
    assert not stats.agrees(1, 0)
    assert stats.agrees(150, 100, tolerance=0.5)
