"""The things worth knowing follow from the profile alone, whatever part of it is there."""

from __future__ import annotations

import errno

import pytest
from profiles import TAKEN, host, profile, quantity, shared_l3

from hwbench.profile.findings import findings
from hwbench.profile.surroundings import host_notes
from hwbench.records import Conditions, HostFacts, Quantity

MIB = 1 << 20

MEANWHILE = "other processes used 90% of a CPU meanwhile"


def found(quantities: dict[str, Quantity], facts: HostFacts | None = None, **more: object) -> tuple[str, ...]:
    return findings(profile(quantities, facts, **more))  # type: ignore[arg-type]


def test_an_empty_profile_has_no_findings() -> None:
    assert found({}) == ()


def test_figures_that_agree_with_their_claims_are_no_findings() -> None:
    assert (
        found(
            {"l1d.capacity": quantity("B", 48 << 10, nominal=48 << 10), "l1d.line_size": quantity("B", 64, nominal=64)}
        )
        == ()
    )


def test_a_cache_of_which_less_answers_is_found() -> None:
    capacity = quantity("B", 14 * MIB, nominal=32 * MIB)
    assert found({"l3.capacity": capacity}, host(hypervisor="kvm")) == (
        "claims 32 MiB of L3; 14 MiB of it answer at L3 speed now: shared with neighbours",
    )
    assert "others use the rest" in found({"l3.capacity": capacity})[0]


def test_a_cache_of_which_nothing_answers_is_found() -> None:
    nothing = Quantity(unit="B", nominal=32 * MIB, unavailable="neighbours may hold all of it")
    assert found({"l3.capacity": nothing}) == (
        "claims 32 MiB of L3, of which none was found: neighbours may hold all of it",
    )
    assert found({"l3.capacity": Quantity(unit="B", unavailable="the probe crashed")}) == ()


def test_a_cache_of_which_more_answers_is_found() -> None:
    assert found({"l2.capacity": quantity("B", 2 * MIB, nominal=1 * MIB)}) == (
        "claims 1 MiB of L2, yet 2 MiB answer at L2 speed",
    )


def test_a_drift_of_memory_latency_is_found_from_the_interval() -> None:
    expected = "DRAM latency drifted 160–230 ns while measuring: take it again beside whatever it is to explain"
    assert found({"dram.latency": quantity("ns", 170, 160, 230)}) == (expected,)
    assert found({"dram.latency": quantity("ns", 170, 165, 175)}) == ()


def test_cores_that_only_claim_to_share_a_cache_are_found() -> None:
    line = {"core_to_core.latency": quantity("ns", 217)}
    assert found(line, host(caches=(shared_l3(0, 1),))) == (
        "both cores claim to share the L3, yet a line takes 217 ns between them",
    )
    assert found(line, host(caches=(shared_l3(0),))) == ()
    assert found(line) == ()
    assert found({"core_to_core.latency": quantity("ns", 40)}, host(caches=(shared_l3(0, 1),))) == ()


def test_cores_that_do_not_find_in_the_shared_cache_what_another_read_are_found() -> None:
    latencies = {"l3.shared_latency": quantity("ns", 78), "l3.latency": quantity("ns", 11)}
    assert found(latencies, host(caches=(shared_l3(0, 1),))) == (
        (
            "both cores claim to share the L3, "
            "yet what another has just read costs one 78 ns a load, what it read itself 11 ns"
        ),
    )
    assert found(latencies) == ()
    near = {**latencies, "l3.shared_latency": quantity("ns", 20), "core_to_core.latency": quantity("ns", 217)}
    assert found(near, host(caches=(shared_l3(0, 1),))) == ()


def test_what_huge_pages_gain_is_found() -> None:
    assert found({"huge_pages.gain": quantity("ratio", 1.4)}) == (
        "huge pages make random loads from memory 1.4 times cheaper",
    )
    assert found({"huge_pages.gain": quantity("ratio", 1.01)}) == ()


def test_caches_that_forget_are_found() -> None:
    assert found({"llc.residency": quantity("ns", 2e6)}) == (
        "the last-level cache forgets what is not touched for 2 ms: slow programs pay more a load",
    )


def test_a_core_that_someone_shares_at_times_is_found_and_a_steady_one_is_not() -> None:
    shared = found({"branch.taken.throughput": quantity("op/s", 3.6e9, low=1.9e9, high=3.62e9)})
    assert shared == (
        "this core's other thread works at times, and is another program's: taken branches come at 1.9 to 3.62 G a second",
    )
    assert found({"branch.taken.throughput": quantity("op/s", 3.6e9, low=3.4e9, high=3.62e9)}) == ()


def test_missing_counters_are_found() -> None:
    reason = "no PMU: the hypervisor hides it"
    assert found({}, host(missing={"counters": reason})) == (f"no counters here: {reason}",)
    noted = Conditions(started=TAKEN, seconds=1.0, notes=(f"no counters here: {reason}",))
    assert found({}, conditions=noted) == (f"no counters here: {reason}",)


def test_a_quota_and_missing_counters_are_noted() -> None:
    assert host_notes(host(), lambda _: 0) == ()
    assert host_notes(host(), lambda _: errno.ENOENT) == (
        "no counters here: this processor, or its hypervisor, shows none",
    )
    assert "may use 0.5 CPUs' time" in host_notes(host(cpu_quota=0.5), lambda _: 0)[0]
    assert host_notes(host(cpu_quota=2.0), lambda _: 0) == ()


def test_disturbed_quantities_are_found() -> None:
    one = {
        "l1d.latency": quantity("ns", 1, caution=MEANWHILE),
        "l3.latency": quantity("ns", 9, caution="soft"),
        "l2.latency": quantity("ns", 4),
    }
    assert found(one) == (
        f"1 of 3 quantities were taken while something disturbed them ({MEANWHILE}): see their caution",
    )


@pytest.mark.parametrize(
    ("name", "unit", "value", "nominal", "expected"),
    [
        ("l1d.associativity", "ways", 12.0, 8.0, ("l1d.associativity is 12 ways, while 8 ways is claimed",)),
        ("core.frequency", "Hz", 4.1e9, 2.6e9, ()),
        ("core.frequency", "Hz", 1.3e9, 2.6e9, ("core.frequency is 1.3 GHz, while 2.6 GHz is claimed",)),
    ],
)
def test_other_disagreements_are_found(
    name: str, unit: str, value: float, nominal: float, expected: tuple[str, ...]
) -> None:
    assert found({name: quantity(unit, value, nominal=nominal)}) == expected


def test_the_three_weightiest_come_first() -> None:
    told = found(
        {
            "l3.capacity": quantity("B", 2 * MIB, nominal=32 * MIB),
            "dram.latency": quantity("ns", 170, 160, 230),
            "l1d.associativity": quantity("ways", 12, nominal=8),
            "huge_pages.gain": quantity("ratio", 2.0),
        },
        host(missing={"counters": "no PMU"}),
    )
    assert [text.split()[0] for text in told] == ["claims", "huge", "DRAM"]
