"""Growth: each law is found in amounts made from it, starting up is taken off, and narrow evidence says little."""

from __future__ import annotations

import math

import pytest

from hwbench.explain.growth import LAWS, Points, constant_and_slope, excess, fit, net, points_of, told_by_time
from hwbench.explain.work import growth_factor
from hwbench.records import Growth

SIZES = (1e4, 1e5, 1e6)


@pytest.mark.parametrize("law", [law for law in LAWS if law != "1"])
def test_each_law_is_found_beside_a_constant(law: str) -> None:
    amounts = tuple(3 + 7 * LAWS[law](n) for n in SIZES)  # type: ignore[index]
    assert fit(Points(SIZES, amounts)).law == law


@pytest.mark.parametrize(("law", "exponent"), [("n", 1.0), ("n^2", 2.0), ("n^3", 3.0), ("n log n", 1.08)])
def test_the_exponent_is_that_of_the_law(law: str, exponent: float) -> None:
    grown = fit(Points(SIZES, tuple(1e5 + 20 * LAWS[law](n) for n in SIZES)))  # type: ignore[index]
    assert grown.exponent == pytest.approx(exponent, abs=0.03)
    assert grown.low is not None
    assert grown.high is not None
    assert grown.low <= exponent + 0.03
    assert grown.high >= exponent - 0.03


def test_amounts_that_do_not_grow_are_constant() -> None:
    assert fit(Points(SIZES, (1e6, 1.001e6, 1e6))).law == "1"


def test_one_size_says_nothing_of_growth() -> None:
    assert fit(Points((1e4,), (5.0,))) == Growth(law="unknown")


def test_a_root_is_none_of_the_laws_yet_has_an_exponent() -> None:
    grown = fit(Points(SIZES, tuple(1e3 * math.sqrt(n) for n in SIZES)))
    assert (grown.law, grown.exponent) == ("unknown", pytest.approx(0.5, abs=0.03))


def test_two_sizes_that_rise_slowly_are_linear_beside_starting_up() -> None:
    grown = fit(Points((1e5, 1e6), (5.4e8, 9e8)))
    assert grown.law == "n"
    assert grown.low is not None
    assert grown.low < 0.5


@pytest.mark.parametrize("law", ["n", "n log n", "n^2"])
def test_net_is_the_amount_without_what_does_not_grow(law: str) -> None:
    amounts = tuple(1e7 + 20 * LAWS[law](n) for n in SIZES)  # type: ignore[index]
    points = Points(SIZES, amounts)
    assert net(points, fit(points)) == pytest.approx(20 * LAWS[law](SIZES[-1]), rel=0.01)  # type: ignore[index]


def test_what_does_not_grow_is_not_taken_for_starting_up() -> None:
    points = Points(SIZES, (1e6, 1e6, 1e6))
    assert net(points, fit(points)) == 1e6


def test_the_time_at_a_third_size_tells_a_square_from_a_line_beside_a_long_start() -> None:
    counted = Points((25, 100), (1.2e8 + 25**2 * 2e4, 1.2e8 + 100**2 * 2e4))
    square = Points((25, 100, 400), (0.04 + 25**2 * 3e-6, 0.04 + 100**2 * 3e-6, 0.04 + 400**2 * 3e-6), 0.02)
    line = Points((25, 100, 400), (0.04 + 25 * 1e-3, 0.04 + 100 * 1e-3, 0.04 + 400 * 1e-3), 0.02)
    assert fit(counted).law == "n"
    told = told_by_time(counted, square)
    assert told is not None
    assert (told.law, told.of) == ("n^2", "instructions")
    straight = told_by_time(counted, line)
    assert straight is not None
    assert straight.law in ("n", "n log n")


def test_times_that_do_not_rise_beyond_their_doubt_tell_nothing() -> None:
    counted = Points((25, 100), (1.2e8, 1.4e8))
    assert told_by_time(counted, Points((25, 100, 400), (0.05, 0.051, 0.05), 0.1)) is None
    assert told_by_time(counted, Points((25, 100), (0.05, 0.06), 0.01)) is None


def test_noisy_times_never_tell_a_law_that_is_slower_than_two_counts_show() -> None:
    counted = Points((100, 400), (11_285_861, 164_937_232))
    told = told_by_time(counted, Points((100, 400, 1600), (0.0045, 0.02, 0.25), 0.4))
    assert told is not None
    assert (told.law, told.low is not None and told.low > 1.6) == ("n^2", True)


def test_a_negative_constant_is_refused_by_the_fit() -> None:
    import numpy as np

    constant, slope = constant_and_slope(np.array([1.0, 2.0, 3.0]), np.array([0.5, 2.0, 3.5]))
    assert constant == 0.0
    assert slope > 0


def test_points_leave_out_what_was_not_measured_and_rise() -> None:
    assert points_of([(2.0, 4.0), (None, 1.0), (1.0, 3.0), (5.0, None)]).sizes == (1.0, 2.0)


def test_exponents_whose_intervals_overlap_are_not_apart() -> None:
    wide = Growth(law="n", exponent=1.4, low=0.9, high=1.9)
    assert excess(Growth(law="n", exponent=1.0, low=0.95, high=1.05), wide) == 0.0


def test_the_growth_factor_is_at_most_the_whole_ratio() -> None:
    a = Growth(law="n", exponent=1.0, low=1.0, high=1.0, of="instructions")
    b = Growth(law="n^2", exponent=2.0, low=2.0, high=2.0, of="instructions")
    assert growth_factor(a, b, 1e5, 300.0) == 300.0
    assert growth_factor(a, b, 1e2, 300.0) == 100.0
    assert growth_factor(b, a, 1e5, 300.0) == 1.0
    assert growth_factor(a, b, None, 300.0) == 1.0


def test_growth_of_unlike_things_is_not_compared() -> None:
    a = Growth(law="n", exponent=1.0, low=1.0, high=1.0, of="time")
    b = Growth(law="n^2", exponent=2.0, low=2.0, high=2.0, of="instructions")
    assert growth_factor(a, b, 1e5, 300.0) == 1.0
