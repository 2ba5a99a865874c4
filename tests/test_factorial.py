"""Shapley values and interactions of mistakes, with exact numbers."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwbench.engines.factorial import interactions, shapley, shares

MISTAKES = ("algorithm", "memory", "abstraction", "system")
SUBSETS = [frozenset(chosen) for size in range(5) for chosen in combinations(MISTAKES, size)]


def product_of(factors: dict[str, float]) -> dict[frozenset[str], float]:
    return {subset: math.prod(factors[each] for each in subset) for subset in SUBSETS}


def test_factors_that_multiply_are_each_mistakes_part_and_do_not_interact() -> None:
    factors = {"algorithm": 100.0, "memory": 2.0, "abstraction": 10.0, "system": 1.0}
    seconds = product_of(factors)
    parts = shapley(seconds, MISTAKES)
    assert parts == pytest.approx({each: math.log(factor) for each, factor in factors.items()})
    assert shares(parts) == pytest.approx({each: math.log(factor) / math.log(2000) for each, factor in factors.items()})
    assert max(map(abs, interactions(seconds, MISTAKES).values())) == pytest.approx(0, abs=1e-12)


def test_one_that_costs_only_beside_another_shares_with_it() -> None:
    seconds = {subset: 8.0 if {"memory", "system"} <= subset else 1.0 for subset in SUBSETS}
    parts = shapley(seconds, MISTAKES)
    assert parts == pytest.approx({"algorithm": 0, "memory": math.log(8) / 2, "abstraction": 0, "system": math.log(8) / 2})
    found = interactions(seconds, MISTAKES)
    assert found["memory", "system"] == pytest.approx(math.log(8))
    assert found["algorithm", "memory"] == pytest.approx(0)


def test_one_that_hides_another_interacts_below_zero() -> None:
    seconds = {subset: 10.0 if subset & {"algorithm", "memory"} else 1.0 for subset in SUBSETS}
    assert interactions(seconds, MISTAKES)["algorithm", "memory"] == pytest.approx(-math.log(10))


@given(st.lists(st.floats(1e-6, 1e6), min_size=16, max_size=16))
def test_parts_add_up_to_the_whole(drawn: list[float]) -> None:
    seconds = dict(zip(SUBSETS, drawn, strict=True))
    whole = math.log(seconds[frozenset(MISTAKES)] / seconds[frozenset()])
    assert sum(shapley(seconds, MISTAKES).values()) == pytest.approx(whole, abs=1e-9)


def test_no_difference_has_no_shares() -> None:
    assert shares({"a": 0.0, "b": 0.0}) == {"a": 0.0, "b": 0.0}


def test_a_missing_combination_is_an_error() -> None:
    with pytest.raises(KeyError):
        shapley({frozenset(): 1.0}, MISTAKES)
