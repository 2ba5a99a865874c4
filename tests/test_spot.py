"""Each latency is priced at a footprint well inside its level, by what was found or is claimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from fakes import FakeClock, FakeVariant, fake_bench, fake_host

from hwbench.measure.bench import Bench, Case, Samples
from hwbench.measure.chases import anywhere, dense, scattered
from hwbench.probes import spot as module
from hwbench.probes.levels import BEYOND_LAST
from hwbench.probes.spot import FAR_STRETCH_NS, LATENCIES, NEAR_STRETCH_NS, _order, footprint_of, spot
from hwbench.records import CacheClaim, Quantity, Unavailable
from hwbench.units import KIB, MIB


def claimed(level: int, size: int) -> CacheClaim:
    return CacheClaim(level=level, kind="data" if level == 1 else "unified", bytes=size, source="test")


CLAIMS = (claimed(1, 32 * KIB), claimed(2, 512 * KIB), claimed(3, 16 * MIB))


def known(**sizes: float | None) -> dict[str, Quantity]:
    return {
        f"{level}.capacity": Quantity(unit="B", value=size, unavailable=None if size else "not found")
        for level, size in sizes.items()
    }


FOUND = known(l1d=48 * KIB, l2=1 * MIB, l3=16 * MIB)


@pytest.mark.parametrize(
    ("name", "footprint"),
    [("l1d.latency", 24 * KIB), ("l2.latency", 220 * KIB), ("l3.latency", 4 * MIB)],
)
def test_a_footprint_lies_well_inside_its_level(name: str, footprint: int) -> None:
    assert footprint_of(fake_bench(), FOUND, name) == footprint


def test_what_was_found_goes_before_what_is_claimed() -> None:
    bench = fake_bench(host=fake_host(*CLAIMS))
    assert footprint_of(bench, {}, "l1d.latency") == 16 * KIB
    assert footprint_of(bench, {}, "l2.latency") == 128 * KIB
    assert footprint_of(bench, FOUND, "l1d.latency") == 24 * KIB
    assert footprint_of(bench, known(l1d=None, l2=None), "l2.latency") == 128 * KIB


def test_a_shared_level_that_was_not_found_is_not_believed() -> None:
    bench = fake_bench(host=fake_host(*CLAIMS))
    refused = footprint_of(bench, known(l1d=32 * KIB, l2=512 * KIB, l3=None), "l3.latency")
    assert isinstance(refused, Unavailable)
    assert "no third level answers" in refused.reason


def test_a_third_level_must_be_half_as_large_again_as_the_second() -> None:
    assert isinstance(footprint_of(fake_bench(), known(l2=2 * MIB, l3=2.9 * MIB), "l3.latency"), Unavailable)
    assert footprint_of(fake_bench(), known(l2=2 * MIB, l3=3 * MIB), "l3.latency") == 3 * MIB


def test_a_third_level_is_priced_clear_of_the_second_and_inside_itself() -> None:
    assert footprint_of(fake_bench(), known(l2=2 * MIB, l3=8 * MIB), "l3.latency") == 5 * MIB
    assert footprint_of(fake_bench(), known(l2=2 * MIB, l3=4 * MIB), "l3.latency") == 4 * MIB
    assert footprint_of(fake_bench(), known(l2=1 * MIB, l3=64 * MIB), "l3.latency") == 8 * MIB


@pytest.mark.parametrize(
    ("name", "sizes", "reason"),
    [
        ("l1d.latency", {}, "first level was not found"),
        ("l2.latency", {"l1d": 32 * KIB}, "no second level was found"),
        ("l2.latency", {"l2": 32 * KIB}, "no second level was found"),
        ("l3.latency", {"l3": 32 * MIB}, "no third level"),
    ],
)
def test_a_level_of_which_nothing_is_known_has_no_footprint(name: str, sizes: dict[str, float], reason: str) -> None:
    refused = footprint_of(fake_bench(), known(**sizes), name)
    assert isinstance(refused, Unavailable)
    assert reason in refused.reason


def test_a_footprint_is_whole_pages() -> None:
    assert footprint_of(fake_bench(), known(l1d=33_000), "l1d.latency") == 16 * KIB


def test_memory_is_measured_well_beyond_the_largest_claim_and_within_what_may_be_used() -> None:
    for effort, times in (("quick", BEYOND_LAST // 2), ("default", BEYOND_LAST), ("full", BEYOND_LAST)):
        bench = fake_bench(effort=effort, host=fake_host(*CLAIMS))  # type: ignore[arg-type]
        assert footprint_of(bench, FOUND, "dram.latency") == max(times * 16 * MIB, 64 * MIB)
        assert footprint_of(replace(bench, memory_bytes=100 * MIB), FOUND, "dram.latency_random") == 40 * MIB


def test_memory_that_the_last_level_may_hold_has_no_price_and_little_beyond_it_a_doubt() -> None:
    def memory(allowed: int) -> Quantity:
        clock = FakeClock()
        bench = fake_bench(clock, "quick", host=fake_host(claimed(2, 1 * MIB)), memory_bytes=allowed)
        bench.variant = FakeVariant({"chase_one": clock.kernel(7)})  # type: ignore[assignment]
        return priced(bench, {})["dram.latency"]

    assert "1 MiB claimed" in str(memory(2 * MIB).unavailable)
    assert "only 2.0 times the last level" in str(memory(5 * MIB).caution)
    assert memory(10 * MIB).caution is None


def test_near_levels_are_chased_line_by_line_and_far_ones_scattered() -> None:
    assert [_order(name) for name in LATENCIES] == [dense, dense, scattered, scattered, anywhere]


def priced(bench: Bench, found: dict[str, Quantity]) -> dict[str, Quantity]:
    return {one.name: one.quantity for one in spot(bench, found) if one.quantity is not None}


def test_every_latency_has_a_price_or_a_reason() -> None:
    clock = FakeClock()
    bench = fake_bench(clock, "quick", memory_bytes=10 * MIB)
    bench.variant = FakeVariant({"chase_one": clock.kernel(7)})  # type: ignore[assignment]
    sample, asked = bench.sample, []

    def watched(cases: Sequence[Case], seconds: float, stretch_ns: float) -> dict[str, Samples]:
        asked.append(([case.name for case in cases], stretch_ns))
        return sample(cases, seconds, stretch_ns)

    bench.sample = watched  # type: ignore[method-assign,assignment]
    quantities = priced(bench, known(l1d=32 * KIB, l2=512 * KIB))
    assert asked == [
        (["l1d.latency", "l2.latency"], NEAR_STRETCH_NS),
        (["dram.latency"], FAR_STRETCH_NS),
        (["dram.latency_random"], FAR_STRETCH_NS),
    ]
    assert list(quantities) == ["l3.latency", "l1d.latency", "l2.latency", "dram.latency", "dram.latency_random"]
    assert quantities.pop("l3.latency").unavailable
    assert {(one.value, one.low, one.high, one.cycles) for one in quantities.values()} == {(7, 7, 7, 7)}
    assert quantities["l1d.latency"].method.startswith("dense chase over 16 KiB")
    assert quantities["dram.latency_random"].method.startswith("anywhere chase over 4 MiB on base pages")


def test_memory_that_cannot_be_had_leaves_every_latency_missing_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for how in ("field", "best_field"):
        monkeypatch.setattr(module, how, lambda *_: Unavailable(reason="the pool is dry"))
    assert {name: one.unavailable for name, one in priced(fake_bench(), FOUND).items()} == dict.fromkeys(
        LATENCIES, "the pool is dry"
    )
