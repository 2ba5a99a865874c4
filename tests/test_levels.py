"""Levels, capacities and geometry are read rightly off curves whose truth is known, recorded or made."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hwbench.catalog.rings import scattered_order
from hwbench.measure.bench import Bench
from hwbench.measure.chases import dense, scattered
from hwbench.probes.geometry import way_structure
from hwbench.probes.levels import redrawn_order, third_level
from hwbench.probes.plateaus import Plateau, cost_beyond, half_miss, nearest_cache_size, octave_grid, plateaus
from hwbench.units import KIB, MIB

RECORDED = json.loads((Path(__file__).parent / "data" / "latency_curves.json").read_text())["curves"]


def lru_curve(sizes: list[int], levels: list[tuple[int, float]], memory: float) -> list[float]:
    """Latency of a random cycle through caches that lose everything just beyond their size."""
    return [next((cost for size, cost in levels if footprint <= size), memory) for footprint in sizes]


@pytest.mark.parametrize(
    ("levels", "memory"),
    [
        ([(48 * KIB, 4), (1 * MIB, 14), (32 * MIB, 50)], 400),
        ([(32 * KIB, 5), (1280 * KIB, 15), (30 * MIB, 70)], 350),
        ([(64 * KIB, 4), (1 * MIB, 11), (32 * MIB, 60)], 300),
        ([(128 * KIB, 3), (16 * MIB, 16)], 300),
        ([(32 * KIB, 4), (512 * KIB, 13)], 250),
    ],
)
def test_as_many_plateaus_are_found_as_the_machine_has_levels(levels: list[tuple[int, float]], memory: float) -> None:
    sizes = octave_grid(4 * KIB, 256 * MIB, 4, 64)
    found = plateaus(sizes, lru_curve(sizes, levels, memory))
    assert [round(plateau.value) for plateau in found] == [*(round(cost) for _, cost in levels), round(memory)]


def test_a_curve_without_a_bend_is_one_plateau() -> None:
    sizes = octave_grid(4 * KIB, 64 * MIB, 4, 64)
    assert len(plateaus(sizes, [4.0] * len(sizes))) == 1


def test_a_curve_of_two_points_shows_nothing() -> None:
    assert plateaus([1, 2], [4, 14]) == []


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_curves_begin_with_four_and_fourteen_cycles(name: str) -> None:
    found = plateaus(RECORDED[name]["bytes"], RECORDED[name]["cycles"])
    assert found[0].value == pytest.approx(4, rel=0.05)
    assert found[1].value == pytest.approx(14, rel=0.05)
    assert len(found) in (3, 4)


def test_a_noisy_shared_cache_does_not_become_a_level_of_its_own() -> None:
    curve = RECORDED["scattered_beside_noisy_neighbours"]
    found = plateaus(curve["bytes"], curve["cycles"])
    assert [round(plateau.value, -1) for plateau in found[2:]] == [40, 550]


def test_a_sharp_edge_is_placed_where_half_of_the_loads_miss() -> None:
    sizes = [40 * KIB, 44 * KIB, 48 * KIB, 50 * KIB, 52 * KIB, 56 * KIB]
    edge = half_miss(sizes, [4, 4, 4, 9, 14, 14], 4, 14)
    assert edge is not None
    assert edge.value == pytest.approx(50 * KIB)
    assert edge.low < edge.value < edge.high


def test_no_edge_is_invented_where_the_curve_stays_low() -> None:
    assert half_miss([1, 2, 3], [4, 4, 5], 4, 14) is None


def test_pages_at_random_do_not_move_the_size_that_is_found() -> None:
    """A 16-way cache of 16 colours under pages at random: the sets fill unevenly, half of the loads miss at the true size."""
    generator = np.random.default_rng(7)
    pages = np.arange(128, 512, 8)
    miss = []
    for count in pages:
        colours = generator.integers(16, size=(400, count))
        loads = np.array([np.bincount(row, minlength=16) for row in colours])
        miss.append(float(np.mean((loads * (loads > 16)).sum(axis=1) / count)))
    curve = 14 + 36 * np.array(miss)
    edge = half_miss(list(pages * 4096), list(curve), 14, 50)
    assert edge is not None
    assert nearest_cache_size(edge.value) == MIB


@pytest.mark.parametrize(
    ("measured", "size"),
    [
        (49.8 * KIB, 48 * KIB),
        (31 * KIB, 32 * KIB),
        (0.93 * MIB, MIB),
        (1.08 * MIB, MIB),
        (1.3 * MIB, 1280 * KIB),
        (1.9 * MIB, 2 * MIB),
        (66 * KIB, 64 * KIB),
    ],
)
def test_the_nearest_size_that_a_cache_can_have_is_named(measured: float, size: int) -> None:
    assert nearest_cache_size(measured) == size


def test_the_cost_beyond_a_level_is_the_least_at_two_to_three_times_its_footprint() -> None:
    assert cost_beyond([1, 2, 3, 4, 8, 10, 12], [4, 4, 4, 9, 14, 13, 99], 4) == 13
    assert cost_beyond([1, 2, 3], [4, 4, 4], 4) is None


@pytest.mark.parametrize(
    ("ways", "way_bytes"), [(12, 4 * KIB), (8, 4 * KIB), (4, 16 * KIB), (8, 8 * KIB), (2, 32 * KIB)]
)
def test_ways_and_way_size_follow_from_conflicts(ways: int, way_bytes: int) -> None:
    def cost(count: int, distance: int) -> float:
        fit = ways * max(way_bytes // distance, 1)
        return 4.0 if count <= fit else 14.0

    distances = [2 * KIB << k for k in range(6)]
    found = way_structure(cost, 4.0, distances)
    assert found is not None
    assert found[0] == ways
    assert found[1] == way_bytes


def test_no_ways_are_named_where_nothing_conflicts() -> None:
    assert way_structure(lambda count, distance: 4.0, 4.0, [2 * KIB, 4 * KIB]) is None


def test_the_grid_is_even_in_each_octave_and_ends_at_the_largest() -> None:
    assert octave_grid(4096, 16384, 4, 64) == [4096, 5120, 6144, 7168, 8192, 10240, 12288, 14336, 16384]


def test_a_scattered_order_visits_every_line_once_and_no_two_neighbours_in_one_pass() -> None:
    order = scattered_order(256, 8, 64) // 8
    assert sorted(order) == list(range(256))
    first_pass = order[:64]
    assert min(np.diff(np.sort(first_pass))) == 4


@pytest.mark.parametrize("order", [dense, scattered])
def test_an_order_covers_its_footprint(order) -> None:  # type: ignore[no-untyped-def]
    assert sorted(order(1 << 19, 64) * 8) == list(range(0, 1 << 19, 64))


def test_the_second_level_costs_more_than_the_first_and_memory_more_than_both(bench: Bench) -> None:
    from hwbench.measure.chases import field

    ground = field(bench, 64 * MIB)
    cost = [ground.time(scattered(size, 64), 0.05).lower().value for size in (8 * KIB, 192 * KIB, 64 * MIB)]
    assert cost[0] < cost[1] < cost[2]


def test_a_claimed_third_level_without_a_flat_stretch_is_priced_just_beyond_the_second() -> None:
    sizes = [
        size * KIB for size in (8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3072, 4096, 8192, 16384, 32768, 65536, 131072)
    ]
    costs = [4.0, 4, 4, 14, 14, 14, 14, 30, 45, 43, 200, 120, 400, 550, 550, 555]
    seen = [Plateau(0, 3, 4.0), Plateau(3, 7, 14.0), Plateau(13, 16, 550.0)]
    inside, caution = third_level(sizes, costs, seen, is_claimed=True)
    assert inside == 43
    assert caution is not None
    assert third_level(sizes, costs, seen, is_claimed=False) == (None, None)


def test_a_redrawn_order_visits_every_line_of_its_pages_once() -> None:
    pages = np.random.default_rng(1).permutation(1024)
    order = redrawn_order(64 * KIB, 64, pages) * 8
    assert len(set(order)) == 1024
    assert set(order // 4096) == set(pages[:16])
