"""Several processes' figures become one: exact numbers."""

from __future__ import annotations

import os

from test_profile_plan import toy

from hwbench.measure.results import Found, curve
from hwbench.profile.ledger import Ledger
from hwbench.profile.messages import Measured, Noise, StepEnded, StepStarted
from hwbench.profile.noise import Reading, between, disturbance
from hwbench.profile.plan import Choice, Plan
from hwbench.profile.pooling import Part, pool, pool_curves
from hwbench.records import Quantity

BUSY = "other processes used 90% of a CPU meanwhile"


def part(value: float | None, low: float = 0.0, high: float = 0.0, disturbed: str = "", **more: object) -> Part:
    bounds = {} if value is None else {"low": low or value, "high": high or value, "samples": (value,)}
    return Part(Quantity(unit="ns", value=value, method="way", **{**bounds, **more}), disturbed)  # type: ignore[arg-type]


def test_the_value_is_the_middle_one_and_the_bounds_reach_over_all() -> None:
    pooled = pool(
        [part(5.0, 4.0, 6.0, cycles=20.0, cycles_low=19.0, cycles_high=23.0), part(3.0, 2.0, 4.0), part(9.0, 8.0, 12.0)]
    )
    assert (pooled.value, pooled.low, pooled.high) == (5.0, 2.0, 12.0)
    assert (pooled.cycles, pooled.cycles_low, pooled.cycles_high) == (20.0, 19.0, 23.0)
    assert pooled.samples == (5.0, 3.0, 9.0)
    assert pooled.method == "way; the middle one of 3 processes"


def test_of_an_even_number_the_lower_middle_one_was_really_measured() -> None:
    assert pool([part(72.0), part(64.0)]).value == 64.0


def test_one_process_alone_is_left_as_it_is() -> None:
    alone = part(5.0, 4.0, 6.0, nominal=4.0)
    assert pool([alone]) == alone.quantity


def test_without_any_value_the_first_reason_stands() -> None:
    assert pool([part(None, unavailable="no"), part(None, unavailable="other")]).unavailable == "no"


def test_a_value_that_most_processes_did_not_find_is_doubtful() -> None:
    pooled = pool([part(None, unavailable="no"), part(7.0), part(None, unavailable="no")])
    assert (pooled.value, pooled.caution) == (7.0, "found in 1 of 3 processes")


def test_disturbed_steps_make_a_caution_if_they_are_half_of_them() -> None:
    assert pool([part(1.0, disturbed=BUSY), part(1.0), part(1.0)]).caution is None
    assert pool([part(1.0, disturbed=BUSY), part(1.0)]).caution == BUSY
    assert pool([part(1.0, disturbed=BUSY, caution="own")]).caution == f"own; {BUSY}"


def test_the_first_curve_with_points_is_kept() -> None:
    first, second = ({"bytes": 1.0},), ({"bytes": 2.0},)
    assert pool_curves([(), first, second]) == first
    assert pool_curves([]) == ()


def test_a_disturbance_is_a_fifth_of_a_cpu_beyond_a_few_ticks() -> None:
    assert disturbance(None) == ""
    assert disturbance(Noise(seconds=1.0, steal=0.23, foreign=0.23)) == ""
    assert disturbance(Noise(seconds=1.0, foreign=0.9)) == BUSY
    assert disturbance(Noise(seconds=2.0, steal=1.0)) == "the hypervisor took 50% of a CPU meanwhile"
    assert disturbance(Noise(seconds=0.01, foreign=0.03)) == ""
    assert disturbance(Noise(seconds=1.0, cpus=64, foreign=0.9)) == ""


def test_what_others_used_is_what_was_busy_less_what_we_used() -> None:
    before = Reading(wall=10.0, busy=100.0, own=5.0, steal=1.0, switches=3)
    after = Reading(wall=12.0, busy=103.0, own=6.5, steal=1.5, switches=7)
    assert between(before, after) == Noise(seconds=2.0, cpus=os.cpu_count() or 1, steal=0.5, foreign=1.5, switches=4)
    assert between(before, Reading(wall=12.0, busy=100.0, own=6.0, steal=None, switches=3)).foreign == 0.0


def entered(ledger: Ledger, sitting: int, value: float | None, noise: Noise | None = None, failure: str = "") -> None:
    ledger.add(StepStarted(sitting=sitting, probe="a"))
    if value is not None:
        found = Found("a.latency", Quantity(unit="ns", value=value, low=value, high=value))
        ledger.add(Measured(sitting=sitting, probe="a", found=found))
    ledger.add(StepEnded(sitting=sitting, probe="a", noise=noise, failure=failure, hertz=(1e9, 2e9, 3e9)))


def plan() -> Plan:
    return Plan(((toy("a", 1, curves=("drawn",)),),), Choice(), "default")


def test_a_ledger_pools_the_processes_and_sums_their_noise() -> None:
    ledger = Ledger()
    entered(ledger, 0, 3.0, Noise(seconds=1.0, steal=0.1, foreign=0.0, switches=2))
    entered(ledger, 1, 1.0, Noise(seconds=3.0, steal=0.1, foreign=0.8, switches=3))
    entered(ledger, 2, 2.0)
    assert ledger.quantities(plan())["a.latency"].value == 2.0
    conditions = ledger.conditions("then", plan(), 1)
    assert (conditions.seconds, conditions.steal_share, conditions.other_load) == (4.0, 0.05, 0.2)
    assert (conditions.involuntary_switches, conditions.pinned_cpu) == (5, 1)
    assert conditions.core_hertz is not None
    assert conditions.core_hertz.value == 2e9
    assert conditions.notes == (
        "the hypervisor took 5% of a CPU's time for other guests while measuring",
        "other processes used 20% of a CPU while measuring",
    )


def test_what_a_failed_probe_did_not_find_is_unavailable_with_its_reason() -> None:
    ledger = Ledger()
    entered(ledger, 0, None, failure="fell over")
    assert ledger.quantities(plan())["a.latency"] == Quantity(unit="ns", unavailable="a: fell over")
    silent = Ledger()
    entered(silent, 0, None)
    assert silent.quantities(plan())["a.latency"].unavailable == "left out by a at this effort"


def test_a_probe_that_did_not_run_leaves_no_trace() -> None:
    assert Ledger().quantities(plan()) == {}
    assert Ledger().curves(plan()) == {}


def test_a_step_begun_anew_forgets_what_it_had_found() -> None:
    ledger = Ledger()
    ledger.add(StepStarted(sitting=0, probe="a"))
    ledger.add(Measured(sitting=0, probe="a", found=curve("drawn", [{"bytes": 1}])))
    assert ledger.curves(plan()) == {"drawn": ({"bytes": 1.0},)}
    assert not ledger.is_done(0, "a")
    entered(ledger, 0, 4.0)
    assert ledger.curves(plan()) == {}
    assert ledger.is_done(0, "a")
    assert ledger.known()["a.latency"].value == 4.0
