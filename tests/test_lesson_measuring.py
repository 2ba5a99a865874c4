"""Turns, ratios, noise and roofs, on a clock that is told what a case takes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from hwbench.lessons import measuring
from hwbench.lessons.kit import Case, doubling

KIB, MIB, GIB = 1024, 1024**2, 1024**3


class Clock:
    """A clock that a case moves by what it is said to take."""

    def __init__(self) -> None:
        self.time = 0

    def __call__(self) -> int:
        return self.time


class Told:
    """A language in which a function of that name takes so many ns."""

    def __init__(self, clock: Clock, **ns: int) -> None:
        self.clock, self.ns = clock, ns

    def bind(self, case: Case):  # type: ignore[no-untyped-def]
        def call() -> int:
            self.clock.time += self.ns[case.function]
            return 7

        return call


def test_the_ratio_is_of_a_unit_of_work_and_exact_on_an_exact_clock() -> None:
    clock = Clock()
    cases = {"slow": Case("a", (), work=2.0), "fast": Case("b", (), work=1.0)}
    acts = measuring.bind(Told(clock, a=6_000, b=1_000), cases, (0,), clock)
    measuring.take_turns(list(acts.values()), 0.05, clock)
    found = measuring.ratio(acts["slow"], acts["fast"])
    assert (found.value, found.low, found.high) == (3.0, 3.0, 3.0)
    assert acts["slow"].calls * 6_000 >= measuring.STRETCH_NS * 0.8
    assert measuring.noise(acts["fast"], acts["fast"]) == 1.0
    assert measuring.timed(acts["slow"]).ns.value == 3_000


def test_a_case_that_is_prepared_before_each_sample_is_called_once_a_sample() -> None:
    clock, prepared = Clock(), itertools.count()
    case = Case("a", (), work=1.0, before=lambda: next(prepared))
    acts = measuring.bind(Told(clock, a=10), {"slow": case}, (0,), clock)
    measuring.take_turns(list(acts.values()), 0.0, clock)
    assert acts["slow"].calls == 1
    assert next(prepared) == 1 + measuring.LEAST_ROUNDS


def test_a_rate_beyond_the_roof_and_a_stretch_too_short_are_told() -> None:
    clock = Clock()
    case = Case("a", (), work=1.0, before=lambda: None, least_bytes=1e6)
    acts = measuring.bind(Told(clock, a=100), {"slow": case}, (0,), clock)
    measuring.take_turns(list(acts.values()), 0.0, clock)
    assert measuring.beyond_roof(acts["slow"], 1e11)
    assert not measuring.beyond_roof(acts["slow"], 1e14)
    assert measuring.too_short(acts["slow"], 1.0)
    assert not measuring.too_short(acts["slow"], 0.01)


def test_results_are_the_same_up_to_the_order_of_their_sums() -> None:
    assert measuring.same(3, np.int64(3))
    assert not measuring.same(3, 4)
    assert measuring.same(1.0, 1.0 + 1e-9)
    assert not measuring.same(1.0, 1.001)


def test_doubling_goes_from_the_least_to_the_most() -> None:
    assert doubling(4, 32) == [4, 8, 16, 32]
    assert doubling(4, 8, 2) == [4, pytest.approx(4 * 2**0.5), 8]
