"""The price list as lessons read it, and their texts with the claims answered."""

from __future__ import annotations

import msgspec
import pytest
from lesson_profiles import profile_with, recorded

from hwbench import lessons
from hwbench.errors import UsageError
from hwbench.lessons import text
from hwbench.lessons.kit import Missing, Prediction, Seen
from hwbench.lessons.prices import Here, Item, Prices, Sizes, longest, sizes_of
from hwbench.records import LessonClaim, Quantity

KIB, MIB, GIB = 1024, 1024**2, 1024**3


def test_a_price_in_ns_is_taken_as_it_is_and_a_rate_is_turned_over() -> None:
    prices = Prices(
        profile_with(
            l2__latency=Quantity(unit="ns", value=4.0, low=3.5, high=5.0),
            core__width=Quantity(unit="op/s", value=4e9, low=2e9, high=5e9),
        )
    )
    load = prices.item("loads", "l2.latency", 2)
    assert (load.ns, load.low_ns, load.high_ns) == (8.0, 3.5, 5.0)
    work = prices.instructions(8)
    assert work.ns == pytest.approx(2.0)
    assert (work.low_ns, work.high_ns) == (pytest.approx(0.2), pytest.approx(0.5))


def test_what_a_profile_lacks_is_missing_with_its_reason() -> None:
    prices = Prices(profile_with(fsync__cost=Quantity(unit="ns", unavailable="the disk is read-only")))
    with pytest.raises(Missing, match="the disk is read-only"):
        prices["fsync.cost"]
    with pytest.raises(Missing, match="does not have it"):
        prices["no.such"]
    assert not prices.has("fsync.cost")


def test_a_load_is_priced_between_the_points_of_the_curve_on_log_scales() -> None:
    bare = profile_with()
    curve = tuple({"bytes": float(size), "ns": ns} for size, ns in ((1024, 1.0), (4096, 4.0)))
    prices = Prices(msgspec.structs.replace(bare, curves={"latency_base": curve}))
    assert prices.load(2048).price_ns == pytest.approx(2.0)
    assert prices.load(16).price_ns == 1.0
    assert prices.load(1 << 30).price_ns == 4.0
    with pytest.raises(Missing):
        prices.load(2048, curve="latency_huge")


def test_what_takes_longest_hides_the_rest() -> None:
    first, second = Item("a", 4, 1.0, 1.0, 1.0), Item("b", 1, 3.0, 3.0, 3.0)
    assert longest(first, second) == (first,)


def test_a_prediction_is_the_ratio_of_its_sums_and_its_bounds_cross() -> None:
    foretold = Prediction(slow=(Item("a", 2, 10.0, 8.0, 12.0),), fast=(Item("b", 1, 4.0, 2.0, 5.0),))
    assert foretold.ratio == 5.0
    assert foretold.bounds == (16 / 5, 24 / 2)


def test_a_price_of_nothing_predicts_nothing_and_a_bound_of_nothing_bounds_nothing() -> None:
    nothing = Item("a", 1, 0.0, 0.0, 0.0)
    with pytest.raises(Missing, match="at nothing"):
        _ = Prediction(slow=(nothing,), fast=(nothing,)).ratio
    half = Prediction(slow=(Item("a", 1, 2.0, 0.0, 3.0),), fast=(Item("b", 1, 1.0, 0.0, 2.0),))
    assert half.bounds == (0.0, float("inf"))


def test_points_of_a_curve_that_stand_on_no_log_scale_are_left_out() -> None:
    points = ({"ns": 1.0}, {"bytes": 0.0, "ns": 2.0}, {"bytes": 64.0, "ns": 1.0}, {"bytes": 128.0, "ns": 3.0})
    prices = Prices(msgspec.structs.replace(profile_with(), curves={"latency_base": points}))
    assert prices.load(64).price_ns == 1.0


def test_sizes_fit_half_of_each_measured_level_and_far_fits_none() -> None:
    sizes = sizes_of(recorded(), 16 * GIB)
    assert sizes.l1 == 16 * KIB
    assert sizes.l1 < sizes.l2 < (sizes.last or 0) < sizes.far
    assert sizes.far >= 64 * MIB


def test_a_machine_of_little_memory_gets_a_smaller_far_and_one_without_a_third_level_none() -> None:
    profile = profile_with(l1d__capacity=Quantity(unit="B", value=32 * KIB), l2__capacity=Quantity(unit="B", value=MIB))
    sizes = sizes_of(profile, 512 * MIB)
    assert sizes.last is None
    assert 2 * MIB <= sizes.far <= 32 * MIB


def test_a_claim_that_does_not_hold_here_says_so_in_the_text() -> None:
    claims = (
        LessonClaim(name="one", says="s", here="64 B", holds=True),
        LessonClaim(name="two", says="s", here="×1.1", holds=False),
        LessonClaim(name="three", says="", here="it has not been run"),
    )
    shown = text.shown("A. [[one]] B. [[two]] C. [[three]]", claims)
    assert shown == "A. *(here: 64 B)* B. **(NOT so here: ×1.1)** C. *(see the run below)*"


def test_a_claim_that_only_a_run_can_tell_is_not_judged_before_it() -> None:
    lesson = lessons.load("pointer_chasing")
    here = Here(Prices(recorded()), Sizes(64, 16 * KIB, 128 * KIB, MIB, 4 * MIB))
    told = {claim.name: claim for claim in text.judged(lesson, Seen(here))}
    assert told["far_ratio"].holds is True
    assert told["python_hides"].holds is None


def test_an_unknown_lesson_is_told_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="did you mean pointer_chasing"):
        lessons.load("pointer_chase")
