"""Loads in flight are counted rightly on made-up queues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from fakes import FakeClock, Run, fake_bench

from hwbench.measure.results import Found
from hwbench.probes import parallelism as probe
from hwbench.records import Quantity, Unavailable
from hwbench.units import KIB, MIB

KNOWN = {"l1d.capacity": Quantity(unit="B", value=32.0 * KIB), "l2.capacity": Quantity(unit="B", value=512.0 * KIB)}


@dataclass
class Queue:
    """A machine on which so many loads of 960 ns wait at once; any more are in each other's way."""

    clock: FakeClock
    places: float
    crowding: int = 1

    def bind(self, function: str, arguments: tuple[Any, ...]) -> Run:
        if function != "chase_many":
            return self.clock.kernel(1)
        chains = arguments[2]
        cost = max(960, int(960 * chains / self.places))
        return self.clock.kernel(cost * self.crowding if chains > self.places else cost)


def found_on(places: float, crowding: int = 1) -> dict[str, Found]:
    clock = FakeClock()
    bench = fake_bench(clock, "quick", memory_bytes=4 * MIB)
    bench.variant = Queue(clock, places, crowding)  # type: ignore[assignment]
    return {one.name: one for one in probe.parallelism(bench, KNOWN)}


@pytest.mark.parametrize("level", ["l2", "dram"])
@pytest.mark.parametrize(("places", "chains"), [(1, 1), (8, 8), (10, 16), (16, 16)])
def test_the_gain_of_many_chases_is_the_number_of_places(level: str, places: int, chains: int) -> None:
    quantity = found_on(places)[f"{level}.mlp"].quantity
    assert quantity is not None
    assert (quantity.unit, quantity.value, quantity.low, quantity.high) == ("loads", places, places, places)
    assert f"over {chains} at once," in quantity.method


def test_a_gain_that_still_rises_is_said_to_be_at_least_so_much() -> None:
    quantity = found_on(48)["l2.mlp"].quantity
    assert quantity is not None
    assert quantity.value == 32
    assert "still rising, at least" in quantity.method


@pytest.mark.parametrize(("places", "crowding", "chains"), [(16.4, 1, 32), (8, 2, 8)])
def test_a_gain_that_has_levelled_off_is_not_said_to_rise(places: float, crowding: int, chains: int) -> None:
    quantity = found_on(places, crowding)["l2.mlp"].quantity
    assert quantity is not None
    assert quantity.value == pytest.approx(places, rel=0.01)
    assert f"over {chains} at once," in quantity.method


def test_the_curve_has_the_cost_of_a_load_for_each_number_of_chases() -> None:
    curve = found_on(8)["mlp_l2"].curve
    assert curve is not None
    assert [(point["chains"], point["ns"], point["cycles"]) for point in curve] == [
        (1, 960, 960),
        (8, 120, 120),
        (16, 120, 120),
        (32, 120, 120),
    ]


def test_a_level_that_is_not_there_is_missing_with_the_reason() -> None:
    quantity = found_on(8)["l3.mlp"].quantity
    assert quantity is not None
    assert "no third level" in str(quantity.unavailable)


def test_memory_that_cannot_be_evicted_is_missing_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "evictor", lambda *_: Unavailable(reason="no room to evict from"))
    quantity = found_on(8)["dram.mlp"].quantity
    assert quantity is not None
    assert quantity.unavailable == "no room to evict from"


def walks_on(places: float, known: dict[str, Quantity] | None = None) -> Quantity:
    clock = FakeClock()
    bench = fake_bench(clock, "quick", memory_bytes=4 * MIB)
    bench.variant = Queue(clock, places)  # type: ignore[assignment]
    return next(one.quantity for one in probe.walks(bench, known or {}) if one.quantity is not None)


def test_walks_are_counted_by_the_second_and_doubted_where_loads_without_them_are_no_faster() -> None:
    quantity = walks_on(6)
    assert (quantity.unit, quantity.value, quantity.cycles) == ("op/s", 1e9 / 160, 1 / 160)
    assert "no slower than without walks" in str(quantity.caution)


def test_pages_that_the_tlb_may_hold_say_nothing_of_walks() -> None:
    quantity = walks_on(6, {"dtlb.l2.entries": Quantity(unit="entries", value=2048.0)})
    assert "too few beside the TLB's 2048 entries" in str(quantity.unavailable)
