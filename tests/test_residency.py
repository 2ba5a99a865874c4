"""Half-lives, prefetch reach and orders are computed rightly from made-up costs."""

from __future__ import annotations

import numpy as np
import pytest

from hwbench.probes.prefetching import longest_run, streams_order, stride_order
from hwbench.probes.residency import half_life

WAITS = [1e4, 1e5, 1e6, 1e7]


def test_what_is_kept_to_the_end_gives_the_longest_wait_as_lower_bound() -> None:
    estimate, note = half_life(WAITS, [12, 12, 12, 13], 12, 120)
    assert estimate == (1e7, 1e7, 1e7)
    assert "at least" in note


def test_the_half_life_lies_where_half_way_is_crossed() -> None:
    estimate, note = half_life(WAITS, [10, 10, 60, 110], 10, 110)
    assert estimate.value == pytest.approx(1e6)
    assert estimate.low < estimate.value < estimate.high
    assert "half" in note


def test_what_is_lost_within_one_walk_is_said_to_be_so() -> None:
    estimate, note = half_life(WAITS, [100, 104, 101, 110], 12, 120)
    assert estimate.value == WAITS[0]
    assert "neighbours" in note


def test_a_partial_loss_is_a_lower_bound() -> None:
    estimate, note = half_life(WAITS, [12, 12, 20, 40], 12, 120)
    assert estimate.value == 1e7
    assert "26%" in note


def test_the_reach_of_a_prefetcher_ends_at_the_first_cost_that_is_not_followed() -> None:
    assert longest_run({1: 2.0, 2: 3.0, 4: 90.0, 8: 2.0}, 70) == 2
    assert longest_run({1: 90.0}, 70) == 0


def test_streams_take_turns_and_never_meet() -> None:
    order = streams_order(4, 4096, 4096, 64)
    assert len(set(order)) == order.size
    assert all(np.diff(order.reshape(-1, 4), axis=0).ravel() == 8)


def test_a_strided_round_stays_inside_its_memory() -> None:
    assert stride_order(64, 1000, 64).max() * 8 < 1000 * 64
