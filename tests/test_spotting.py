"""Spot prices are plausible, fresh at every take, and left out with the reason where they cannot be had."""

from __future__ import annotations

import profiles
import pytest

from hwbench.probes.spotting import SpotTaker, spot_taker
from hwbench.records import CacheClaim, Quantity
from hwbench.units import KIB, MIB

CACHES = (
    CacheClaim(level=1, kind="data", bytes=32 * KIB, source="test"),
    CacheClaim(level=2, kind="unified", bytes=512 * KIB, source="test"),
    CacheClaim(level=3, kind="unified", bytes=8 * MIB, source="test"),
)
KNOWN = {
    "l1d.capacity": Quantity(unit="B", value=32.0 * KIB),
    "l2.capacity": Quantity(unit="B", value=512.0 * KIB),
    "l3.capacity": Quantity(unit="B", value=4.0 * MIB),
}
ALL = {
    "core.frequency",
    "core.width",
    "branch.taken.throughput",
    "branch.mispredict_cost",
    "l3.latency",
    "dram.latency",
    "dram.latency_random",
    "page_walk.cost",
    "dram.read_bandwidth",
    "dram.write_bandwidth",
}


IN_ASSEMBLY = {"core.width", "branch.taken.throughput"}  # not for every instruction set


def taker(memory_bytes: int, known: dict[str, Quantity]) -> SpotTaker:
    made = spot_taker(profiles.profile(known, profiles.host(caches=CACHES)), memory_bytes)
    assert isinstance(made, SpotTaker), str(made)
    return made


@pytest.fixture(scope="module")
def ample() -> SpotTaker:
    return taker(160 * MIB, KNOWN)


def test_every_price_can_be_taken_where_there_is_memory(ample: SpotTaker) -> None:
    assert set(ample.names) | set(ample.unavailable) == ALL
    assert set(ample.names) >= ALL - IN_ASSEMBLY


def test_prices_are_of_their_order(ample: SpotTaker) -> None:
    prices = ample.take()
    assert set(prices) == set(ample.names)
    assert 1e8 < prices["core.frequency"] < 1e10
    assert prices.get("branch.taken.throughput", 0) < prices.get("core.width", 1)
    assert 0 <= prices["branch.mispredict_cost"] < 1000
    assert 1 < prices["l3.latency"] < 1000
    assert 5 < prices["dram.latency"] < 5000
    assert prices["dram.latency_random"] > prices["l3.latency"] / 2
    assert 0 <= prices["page_walk.cost"] < 1000
    assert 1e8 < prices["dram.read_bandwidth"] < 1e12
    assert 1e8 < prices["dram.write_bandwidth"] < 1e12


def test_every_take_is_a_fresh_sample(ample: SpotTaker) -> None:
    takes = [ample.take() for _ in range(4)]
    assert len({prices["dram.latency"] for prices in takes}) > 1
    assert len({prices["dram.read_bandwidth"] for prices in takes}) > 1


def test_what_does_not_fit_is_left_out_with_the_reason() -> None:
    short = taker(16 * MIB, KNOWN)
    assert "core.frequency" in short.names
    assert "dram.latency" in short.unavailable
    assert "last level" in str(short.unavailable["dram.read_bandwidth"])
    assert set(short.take()) == set(short.names)


def test_a_machine_without_a_third_level_has_no_price_of_it() -> None:
    without = taker(16 * MIB, {name: KNOWN[name] for name in ("l1d.capacity", "l2.capacity")})
    assert "no third level" in str(without.unavailable["l3.latency"])
