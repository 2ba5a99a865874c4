"""Verdicts on lessons and grades of solutions, from hand-made ratios: exact, and the same on every machine."""

from __future__ import annotations

import numpy as np
import pytest

from hwbench.lessons import grading, judging
from hwbench.lessons.grading import Rounds
from hwbench.records import Interval

ABSENT = "this CPU handles it at full speed"


def ratio(value: float, low: float | None = None, high: float | None = None) -> Interval:
    return Interval(value=value, low=low or value * 0.98, high=high or value * 1.02, unit="ratio")


FLAT = ratio(1.0)


def test_an_effect_above_the_noise_with_a_flat_control_is_shown() -> None:
    assert judging.judge(ratio(5.0), FLAT, 1.05, ABSENT) == ("shown", "")


def test_a_ratio_within_the_noise_is_not_shown_and_says_why() -> None:
    assert judging.judge(ratio(1.02), FLAT, 1.05, ABSENT) == ("not shown", ABSENT)


def test_a_reversed_effect_is_not_shown_and_says_so() -> None:
    verdict, reason = judging.judge(ratio(0.5), FLAT, 1.05, ABSENT)
    assert verdict == "not shown"
    assert reason.startswith("reversed here")
    assert "×2 faster" in reason


def test_an_interval_that_spans_the_noise_is_inconclusive_and_tells_the_noise() -> None:
    verdict, reason = judging.judge(ratio(1.4, 1.05, 1.9), FLAT, 1.3, ABSENT)
    assert verdict == "inconclusive"
    assert "×1.3" in reason


@pytest.mark.parametrize(
    "control",
    [
        ratio(1.6),  # too far from one
        ratio(1.2, 1.0, 5.5),  # its interval reaches the effect
        ratio(0.7),  # as far below
        ratio(1.0, 0.15, 1.1),  # its interval reaches as far down
    ],
)
def test_a_control_that_is_not_flat_makes_it_inconclusive(control: Interval) -> None:
    verdict, reason = judging.judge(ratio(5.0), control, 1.05, ABSENT)
    assert verdict == "inconclusive"
    assert "cause taken away" in reason


def test_a_small_effect_needs_a_control_that_lost_half_of_it() -> None:
    assert judging.is_flat(ratio(1.04), ratio(1.3), 1.02)
    assert not judging.is_flat(ratio(1.2), ratio(1.3, 1.25, 1.35), 1.02)


def test_noise_that_is_larger_than_the_effect_never_shows_it() -> None:
    verdict, reason = judging.judge(ratio(2.0, 1.9, 2.1), FLAT, 2.5, ABSENT)
    assert verdict == "inconclusive"
    assert ABSENT not in reason
    assert judging.judge(ratio(2.0, 1.9, 2.9), FLAT, 2.5, ABSENT)[0] == "inconclusive"


# ── grades ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def rounds(solution: float, *, fast: float = 20.0, spread: float = 0.01, **more: list[float]) -> Rounds:
    wobble = [1 - spread, 1.0, 1 + spread, 1.0, 1 - spread / 2, 1 + spread / 2, 1.0, 1.0]
    return Rounds(slow=[100.0] * 8, fast=[fast * w for w in wobble], solution=[solution * w for w in wobble], **more)


def test_the_share_is_none_as_slow_as_before_and_one_as_fast_as_predicted() -> None:
    assert grading.share(rounds(100.0, spread=0), 5.0).value == pytest.approx(0.0)
    assert grading.share(rounds(20.0, spread=0), 5.0).value == pytest.approx(1.0)
    assert grading.share(rounds(60.0, spread=0), 5.0).value == pytest.approx(0.5)


def test_the_same_solution_passes_where_little_was_predicted_and_fails_where_much_was() -> None:
    """A grade is of the gain that is to be had on this machine, never a constant ratio."""
    assert grading.grade(rounds(60.0, fast=55.0), 1.8)[0] == "passed"
    assert grading.grade(rounds(60.0), 5.0)[0] == "failed"


def test_a_solution_as_fast_as_our_own_passes_though_more_was_predicted() -> None:
    verdict, reason, _ = grading.grade(rounds(40.0, fast=40.0), 50.0)
    assert verdict == "passed"
    assert "our own" in reason


def test_an_unchanged_starter_fails() -> None:
    assert grading.grade(rounds(100.0), 5.0)[0] == "failed"


def test_where_nothing_is_to_be_gained_nothing_is_graded() -> None:
    assert grading.grade(rounds(100.0), 1.05)[0] == "undecided"
    assert grading.grade(rounds(100.0, fast=100.0), 5.0)[0] == "undecided"


def test_an_unchanged_starter_does_not_pass_because_nothing_can_be_told_apart() -> None:
    """All three are the same program, timed with much noise."""
    drawn = np.random.default_rng(8)
    for _ in range(50):
        noisy = [100 * np.exp(0.35 * drawn.standard_normal(21)) for _ in range(3)]
        assert grading.grade(Rounds(*noisy), 3.0)[0] != "passed"


def test_noise_over_the_threshold_is_undecided() -> None:
    verdict, reason, _ = grading.grade(rounds(36.0, fast=20.0, spread=0.4), 5.0)
    assert verdict == "undecided"
    assert "noise" in reason


def test_what_vanishes_with_the_cause_remains_of_the_cause_and_the_rest_is_more_work() -> None:
    made = rounds(60.0, control_solution=[30.0] * 8, control_fast=[20.0] * 8)
    remaining = {one.cause: one.ns for one in grading.remaining(made, "cache")}
    assert remaining == {"cache": pytest.approx(30.0), "instructions": pytest.approx(10.0)}


def test_nothing_remains_of_a_solution_as_fast_as_ours() -> None:
    assert grading.remaining(rounds(21.0, control_solution=[30.0] * 8, control_fast=[30.0] * 8), "cache") == ()
