"""Bandwidth: the levels are sized by what is known, the best width wins, what cannot be had or is doubtful says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest

from hwbench.measure.bench import Bench, Case, Samples
from hwbench.probes import bandwidth as probe
from hwbench.probes import probes
from hwbench.probes.footprints import Level, last_level, levels_of, shares_of
from hwbench.records import CacheClaim, CpuFacts, HostFacts, MemoryFacts, Quantity, Unavailable
from hwbench.units import KIB, MIB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwbench.native import Variant

CLAIMS = (
    CacheClaim(level=1, kind="data", bytes=32 * KIB, shared_by=(0,), source="test"),
    CacheClaim(level=1, kind="instruction", bytes=64 * MIB, source="test"),
    CacheClaim(level=2, kind="unified", bytes=512 * KIB, shared_by=(0,), source="test"),
    CacheClaim(level=3, kind="unified", bytes=8 * MIB, shared_by=(0, 1), instances=2, source="test"),
)


def host(caches: tuple[CacheClaim, ...]) -> HostFacts:
    memory = MemoryFacts(total_bytes=1 << 30, available_bytes=1 << 30)
    return HostFacts(name="test", system="test", cpu=CpuFacts(architecture="test"), caches=caches, memory=memory)


class StillBench(Bench):
    """A bench whose samples are made up: a byte takes as many ns as `costs` says for its width, 1 by default."""

    costs: ClassVar[dict[str, float]] = {}

    def sample(self, cases: Sequence[Case], seconds: float, *_: object) -> dict[str, Samples]:
        del seconds
        hertz = np.full(5, 1e9)
        return {
            one.name: Samples(one.name, np.full(5, self.costs.get(one.name.split()[1], 1.0)), hertz, hertz, 1, one.work)
            for one in cases
        }


def still(bench: Bench, caches: tuple[CacheClaim, ...] = CLAIMS, **changes: object) -> StillBench:
    made = StillBench(bench.variant, bench.ruler, host(caches), effort="quick", cpus=(0,), memory_bytes=256 * MIB)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def found(bench: Bench, known: dict[str, Quantity] | None = None) -> dict[str, Quantity]:
    return {one.name: one.quantity for one in probe.bandwidth(bench, known or {}) if one.quantity is not None}


def level(bench: Bench, number: int, known: dict[str, Quantity] | None = None) -> Level:
    one = levels_of(bench, known or {})[number - 1]
    assert isinstance(one, Level)
    return one


def test_a_cache_level_is_streamed_through_by_half(bench: Bench) -> None:
    assert [level(still(bench), number).footprint for number in (1, 2, 3)] == [16 * KIB, 256 * KIB, 4 * MIB]


def test_a_measured_capacity_goes_before_the_claim(bench: Bench) -> None:
    known = {"l3.capacity": Quantity(unit="B", value=4.0 * MIB)}
    assert level(still(bench), 3, known).footprint == 2 * MIB


def test_a_capacity_that_could_not_be_measured_falls_back_to_the_claim(bench: Bench) -> None:
    known = {"l3.capacity": Quantity(unit="B", unavailable="too noisy")}
    assert level(still(bench), 3, known).footprint == 4 * MIB


def test_a_level_of_which_nothing_is_known_is_missing_with_the_reason(bench: Bench) -> None:
    known = {"l3.capacity": Quantity(unit="B", unavailable="no third plateau")}
    quantities = found(still(bench, CLAIMS[:3]), known)
    assert "no third plateau" in str(quantities["l3.read_bandwidth"].unavailable)
    assert quantities["l2.read_bandwidth"].is_available


def test_a_level_hardly_larger_than_the_one_before_it_is_marked(bench: Bench) -> None:
    one = level(still(bench), 3, {"l3.capacity": Quantity(unit="B", value=700.0 * KIB)})
    assert 512 * KIB < one.footprint < 700 * KIB
    assert one.caution is not None


def test_a_level_not_larger_than_the_one_before_it_is_missing(bench: Bench) -> None:
    one = levels_of(still(bench), {"l3.capacity": Quantity(unit="B", value=300.0 * KIB)})[2]
    assert isinstance(one, Unavailable)


def test_memory_is_streamed_through_four_times_the_largest_data_cache(bench: Bench) -> None:
    assert last_level(still(bench), {}) == 8 * MIB
    assert level(still(bench), 4).footprint == 32 * MIB
    assert level(still(bench), 4, {"l3.capacity": Quantity(unit="B", value=16.0 * MIB)}).footprint == 64 * MIB


def test_too_little_memory_for_the_last_level_is_marked(bench: Bench) -> None:
    small = level(still(bench, memory_bytes=16 * MIB), 4)
    assert small.footprint == 12 * MIB
    assert "1.5 times" in str(small.caution)


def test_cores_divide_what_they_share_and_fill_what_they_own(bench: Bench) -> None:
    both = still(bench, cpus=(0, 1))
    levels = [level(both, number) for number in (1, 2, 3, 4)]
    shares = shares_of(both, {}, levels)
    assert [one.footprint for one in shares] == [
        16 * KIB,
        256 * KIB,
        2 * MIB,
        32 * MIB,
    ]  # two last levels, four times both


def test_a_share_that_would_fit_the_cores_own_caches_is_not_taken(bench: Bench) -> None:
    both = still(bench, cpus=(0, 1, 2, 3, 4, 5, 6, 7))
    crowded = replace(level(both, 3), sharers=8)
    (share,) = shares_of(both, {}, [crowded])
    assert share.footprint == int(1.5 * 512 * KIB)


def test_the_best_width_gives_the_figure_and_the_method_names_it(bench: Bench, variant: Variant) -> None:
    rigged = still(bench, effort="default")
    rigged.costs = {"scalar": 0.5, "v128": 0.75}
    quantity = found(rigged)["l1d.read_bandwidth"]
    assert quantity.value == pytest.approx(2e9)
    assert "scalar" in quantity.method


def test_one_core_alone_says_so(bench: Bench) -> None:
    quantities = found(still(bench, effort="default"))
    assert set(quantities) == set(probes()["bandwidth"].quantities)
    assert "one core only" in str(quantities["dram.read_bandwidth_all"].unavailable)


def test_a_level_that_is_slower_than_the_one_behind_it_is_marked() -> None:
    slow = Quantity(unit="B/s", value=10e9, low=9e9, high=11e9)
    fast = Quantity(unit="B/s", value=20e9, low=18e9, high=21e9)
    assert "l3 is not faster" in probe.slower_than(slow, fast, Level("l3", 1))
    assert probe.slower_than(fast, slow, Level("l3", 1)) == ""
    assert probe.slower_than(slow, None, Level("dram", 1)) == ""


def test_no_memory_is_a_reason_for_every_quantity(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "stream_memory", lambda _: Unavailable(reason="no memory to be had"))
    quantities = found(still(bench))
    assert {one.unavailable for one in quantities.values()} == {"no memory to be had"}
    assert set(quantities) == set(probes()["bandwidth"].quantities)


def test_no_streaming_stores_is_a_reason(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_streams", lambda _: False)
    quantities = found(still(bench, effort="default"))
    assert "around the caches" in str(quantities["dram.streaming_copy_bandwidth"].unavailable)


def test_a_pass_moves_eight_bytes_for_every_word_of_every_array() -> None:
    words = np.zeros(3 * 1024, dtype=np.int64)
    for operation in probe.OPERATIONS:
        arrays = [one for one in operation.arguments(words, words.nbytes) if isinstance(one, np.ndarray)]
        assert operation.bytes(words.nbytes) == sum(one.nbytes for one in arrays)
        assert words.nbytes - operation.bytes(words.nbytes) < 8 * probe.BLOCK_WORDS * 3


def test_a_real_quick_run_finds_the_first_level_faster_than_memory(bench: Bench) -> None:
    real = Bench(bench.variant, bench.ruler, host(CLAIMS), effort="quick", cpus=bench.cpus[:1], memory_bytes=128 * MIB)
    results = list(probe.bandwidth(real, {}))
    quantities = {one.name: one.quantity for one in results if one.quantity}
    assert (quantities["l1d.read_bandwidth"].value or 0) > 2 * (quantities["dram.read_bandwidth"].value or 1)
    (curve,) = [one.curve for one in results if one.curve]
    assert {point["level"] for point in curve} == {1, 2, 3, 4}
    assert all(
        set(point)
        == {"level", "operation", "vector_bits", "cores", "bytes_per_second", "low", "high", "bytes_per_cycle"}
        for point in curve
    )


@pytest.mark.skipif(
    "len(__import__('hwbench.measure.pinning', fromlist=['x']).usable_cpus()) < 2", reason="needs two cores"
)
def test_all_cores_together_are_measured_on_memory_of_their_own(bench: Bench) -> None:
    both = still(bench, cpus=bench.cpus[:2])
    levels = shares_of(both, {}, [level(both, 1)])
    points = [{"level": 1.0, "operation": 0.0, "vector_bits": float(bench.variant.bits), "bytes_per_second": 1.0}]
    (one,) = probe._all_cores(both, levels, points)
    assert one.name == "l1d.read_bandwidth_all"
    assert one.quantity is not None
    assert one.quantity.is_available
    assert points[-1]["cores"] == 2
