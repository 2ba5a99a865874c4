"""Half-lives, prefetch reach and orders are computed rightly from made-up costs."""

from __future__ import annotations

import numpy as np
import pytest
from fakes import FakeClock, fake_bench

from hwbench.probes.prefetching import longest_run, streams_order, stride_order
from hwbench.probes.residency import _after, _shared, half_life, spin
from hwbench.records import Quantity

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


def test_with_one_cpu_sharing_is_missing_with_the_reason() -> None:
    known = {f"{level}.capacity": Quantity(unit="B", value=size) for level, size in (("l2", 1e6), ("l3", 4e6))}
    shared = _shared(fake_bench(cpus=(0,)), known).quantity
    assert shared is not None
    assert shared.unavailable == "needs a second CPU"


def test_without_a_third_level_sharing_is_missing_with_the_reason() -> None:
    shared = _shared(fake_bench(cpus=(0, 1)), {}).quantity
    assert shared is not None
    assert "no third level" in str(shared.unavailable)


def test_a_wait_is_spent_in_registers_for_at_least_so_long() -> None:
    clock = FakeClock()
    bench, began = fake_bench(clock), clock.time
    spin(bench.ruler, 100_000)
    assert 100_000 <= clock.time - began < 100_000 + 16 * 256


def test_the_walk_after_a_wait_is_timed_without_the_waiting() -> None:
    clock, told = FakeClock(), []
    walk = clock.kernel(3, told=told.append)
    assert _after(fake_bench(clock).ruler, walk, 500, 1_000_000) == 3
    assert told == [1000, 500]
