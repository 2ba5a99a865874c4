"""The price list as lessons read it, and their texts with the claims answered."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from lesson_profiles import profile_with, recorded

from hwbench import lessons
from hwbench.errors import UsageError
from hwbench.lessons import text
from hwbench.lessons.kit import Case, Claim, Missing, Prediction, Seen, hidden_in_python
from hwbench.lessons.prices import Here, Item, Prices, Sizes, longest, sizes_of
from hwbench.records import Interval, Language, LessonClaim, Quantity, Timed, Twin

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


def here_with(**values: Quantity) -> Here:
    return Here(Prices(profile_with(**values)), Sizes(64, 16 * KIB, 128 * KIB, MIB, 4 * MIB))


def test_operations_that_wait_for_each_other_add_up() -> None:
    here = here_with(
        a__latency=Quantity(unit="ns", value=1.0, low=0.5, high=2.0),
        b__latency=Quantity(unit="ns", value=3.0, low=3.0, high=4.0),
    )
    chain = here.prices.chain("both", "a.latency", "b.latency")
    assert (chain.ns, chain.low_ns, chain.high_ns, chain.quantity) == (4.0, 3.5, 6.0, "a.latency + b.latency")


def test_a_turn_of_a_loop_takes_its_jumps_or_its_instructions_whichever_is_longer() -> None:
    prices = here_with(
        core__width=Quantity(unit="op/s", value=4e9), branch__taken__throughput=Quantity(unit="op/s", value=1e9)
    ).prices
    assert [item.ns for item in prices.turn(instructions=2, taken=1)] == [1.0]
    assert [item.ns for item in prices.turn(instructions=8, taken=1)] == [2.0]


def test_what_no_predictor_can_learn_is_many_times_what_this_one_can() -> None:
    assert here_with().unlearnable_outcomes == 1 << 20
    assert here_with(branch__pattern_length=Quantity(unit="outcomes", value=3e5)).unlearnable_outcomes == 1 << 22
    assert here_with(branch__pattern_length=Quantity(unit="outcomes", value=1e12)).unlearnable_outcomes == 1 << 22
    assert here_with().unlearnable_targets == 1 << 18
    assert here_with(indirect__pattern_length=Quantity(unit="outcomes", value=5e4)).unlearnable_targets == 1 << 19


def test_lanes_are_those_of_the_widest_register_and_pages_those_of_the_system() -> None:
    here = here_with()
    assert here.lanes(4) == max(here.host.cpu.vector_bits) // 32
    assert here.page == here.host.memory.base_page_bytes


def test_the_gain_is_of_the_slow_twin_to_the_fast_one_and_python_hides_what_is_smaller_there() -> None:
    def twin(language: Language, slow: float) -> Twin:
        def timed(ns: float) -> Timed:
            return Timed(function="f", ns=Interval(value=ns, low=ns, high=ns, unit="ns"), samples=(ns,), work=1.0)

        return Twin(language=language, cases={"slow": timed(slow), "fast": timed(2.0)})

    twins: dict[Language, Twin] = {"c": twin("c", 12.0), "python": twin("python", 3.0)}
    seen = Seen(here_with(), twins["c"], twins)
    assert (seen.gain(), seen.gain("python")) == (6.0, 1.5)
    claim = hidden_in_python("it hides")(seen)
    assert (claim.says, claim.here, claim.holds) == ("it hides", "×1.5 in Python, ×6 in C", True)
    assert hidden_in_python("it hides most", lambda python, native: python > native)(seen).holds is False
    with pytest.raises(Missing):
        Seen(here_with()).gain()


def test_numpys_numbers_are_taken_for_pythons() -> None:
    item = Item("a", np.float64(2), np.int64(3), np.float32(1), np.float64(4))
    assert all(type(each) is float for each in (item.count, item.price_ns, item.low_ns, item.high_ns))
    assert Claim("a", "b", np.bool_(True)).holds is True  # type: ignore[arg-type]
    case = Case("f", (), work=np.int64(5), least_bytes=np.float64(8))  # type: ignore[arg-type]
    assert (type(case.work), type(case.least_bytes)) == (float, float)


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
