"""Strides touch every s-th word and no other; far strides cost a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hwbench.catalog.rings import aligned_words

if TYPE_CHECKING:
    from hwbench.measure.bench import Bench
    from hwbench.native import Variant


@pytest.mark.parametrize("stride", [1, 2, 7, 8, 100, 5000])
@pytest.mark.parametrize("count", [1, 8, 999, 4096])
def test_the_sum_is_that_of_every_s_th_word(variant: Variant, count: int, stride: int) -> None:
    words = aligned_words(8 * count)
    words[:] = np.arange(count) ** 2
    assert variant.bind("stride_read", (words, count, stride))(3) == 3 * words[::stride].sum()


def test_an_update_changes_every_s_th_word_and_no_other(variant: Variant) -> None:
    words = aligned_words(8 * 100)
    assert variant.bind("stride_update", (words, 100, 8))(5) == 5
    assert set(words[::8]) == {5}
    assert words.sum() == 5 * 13


def test_a_word_a_line_costs_more_a_word_than_every_word(bench: Bench) -> None:
    words = aligned_words(64 << 20)
    cases = [bench.c_case(str(s), "stride_read", (words, words.size, s), words.size // s) for s in (1, 64)]
    taken = bench.sample(cases, 0.2)
    assert taken["64"].lower().value > 2 * taken["1"].lower().value
