"""Gathers read and scatters write the words that the index names, in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hwbench.catalog.rings import aligned_words, random_order, ring_of

if TYPE_CHECKING:
    from hwbench.measure.bench import Bench
    from hwbench.native import Variant


@pytest.mark.parametrize("count", [1, 4, 7, 1000])
def test_a_gather_sums_the_words_that_the_index_names(variant: Variant, count: int) -> None:
    values = np.arange(2000, dtype=np.int64) ** 2
    index = np.random.default_rng(2).integers(0, 2000, count)
    assert variant.bind("gather_read", (values, index, count))(2) == 2 * values[index].sum()


def test_a_scatter_writes_the_place_in_the_index_and_the_pass(variant: Variant) -> None:
    values, index = np.full(8, -1, dtype=np.int64), np.array([5, 0, 3], dtype=np.int64)
    assert variant.bind("gather_write", (values, index, 3))(2) == 3
    assert values.tolist() == [2, -1, -1, 3, -1, 1, -1, -1]


def test_independent_reads_cost_less_than_dependent_ones_over_the_same_lines(bench: Bench) -> None:
    order = random_order((64 << 20) // 64, 8)
    ring = ring_of(64 << 20, order)
    values = aligned_words(64 << 20)
    cases = [
        bench.c_case("dependent", "chase_one", (ring, order[:1].copy())),
        bench.c_case("independent", "gather_read", (values, order, order.size), order.size),
    ]
    taken = bench.sample(cases, 0.2)
    assert taken["dependent"].lower().value > 2 * taken["independent"].lower().value
