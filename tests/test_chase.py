"""The chase: dependent loads cost what their level costs, and both twins follow the same ring."""

from __future__ import annotations

import numpy as np
import pytest

from hwbench.catalog.rings import aligned_words, link, random_order
from hwbench.measure.bench import Bench
from hwbench.native import Variant


def test_a_random_order_visits_every_place_once() -> None:
    order = random_order(100, 8, seed=3)
    assert sorted(order) == [8 * k for k in range(100)]


def test_a_blocked_order_uses_up_a_block_before_it_leaves_it() -> None:
    blocks = random_order(64, 1, within=8) // 8
    assert np.count_nonzero(np.diff(blocks)) == 7


def test_following_a_ring_as_often_as_it_is_long_leads_back(variant: Variant) -> None:
    words = aligned_words(4096)
    order = random_order(64, 8)
    link(words, order)
    position = order[:1].copy()
    assert variant.bind("chase_one", (words, position))(64) == order[0] * 8
    assert position[0] == order[0]


def test_an_impossible_number_of_chains_is_refused(variant: Variant) -> None:
    words = aligned_words(4096)
    assert variant.bind("chase_many", (words, np.zeros(40, dtype=np.int64), 33))(1) == -1


@pytest.mark.parametrize(("near", "far"), [(16 << 10, 128 << 20)])
def test_a_load_from_memory_costs_several_times_one_from_the_first_level(bench: Bench, near: int, far: int) -> None:
    cases = []
    for size in (near, far):
        words = aligned_words(size)
        order = random_order(size // 64, 8)
        link(words, order)
        cases.append(bench.c_case(str(size), "chase_one", (words, order[:1].copy())))
    taken = bench.sample(cases, 0.2)
    assert taken[str(far)].lower().value > 4 * taken[str(near)].lower().value
