"""The TLB's entries are found to the page in costs whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from hwbench.probes.translation import FIRST_COUNTS, first_step, packed_order, spread_order


@pytest.mark.parametrize("entries", [16, 32, 48, 64, 72, 96])
def test_the_number_of_entries_is_found_to_the_page(entries: int) -> None:
    assert first_step(lambda count: 0.0 if count <= entries else 7.0, list(FIRST_COUNTS)) == entries


def test_one_disturbed_count_is_no_step() -> None:
    assert first_step(lambda count: 9.0 if count == 48 else (0.0 if count <= 96 else 7.0), list(FIRST_COUNTS)) == 96


def test_no_step_is_invented_where_translation_is_free() -> None:
    assert first_step(lambda count: 0.01 * (count % 3), list(FIRST_COUNTS)) is None


@pytest.mark.parametrize("page", [4096, 16384, 2 << 20])
def test_one_line_is_visited_in_each_page(page: int) -> None:
    order = spread_order(200, page, 64) * 8
    assert sorted(order // page) == list(range(200))


@pytest.mark.parametrize("page", [4096, 16384, 2 << 20])
def test_the_lines_spread_evenly_over_the_sets_of_a_first_level_cache(page: int) -> None:
    sets = spread_order(128, page, 64) * 8 // 64 % 64
    assert set(np.bincount(sets, minlength=64)) == {2}


def test_packed_lines_are_neighbours() -> None:
    assert sorted(packed_order(100, 64) * 8) == list(range(0, 6400, 64))
