"""The bench takes turns, fills its stretches, keeps to its time and divides by the work: exactly, on a fake clock."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from fakes import FakeClock, FakeVariant, fake_bench
from hypothesis import given
from hypothesis import strategies as st

from hwbench.measure.bench import EFFORT_SCALE, MAXIMUM_SAMPLES, MINIMUM_SAMPLES, STRETCH_NS, Case, Effort, Samples
from hwbench.measure.clock import ADDS_PER_REPEAT

CHAIN_NS = 16 * ADDS_PER_REPEAT


def samples(ns: list[float], before: list[float], after: list[float]) -> Samples:
    return Samples("case", np.array(ns), np.array(before), np.array(after), repeats=1, work=1)


def test_the_cases_take_turns() -> None:
    clock, told = FakeClock(), []
    cases = [Case(name, clock.kernel(100_000, told=lambda _, name=name: told.append(name))) for name in "ABC"]  # type: ignore[misc]
    taken = fake_bench(clock).sample(cases, 0, at_most=6)
    assert list(taken) == ["A", "B", "C"]
    assert told[-15:] == ["A", "B", "C"] * 5


@given(st.integers(1, 3_000_000), st.integers(0, 300))
def test_a_stretch_is_filled_and_not_much_more(repeat_ns: int, call_ns: int) -> None:
    clock = FakeClock()
    taken = fake_bench(clock).sample([Case("one", clock.kernel(repeat_ns, call_ns))], 0)["one"]
    stretch = taken.repeats * repeat_ns + call_ns
    assert stretch >= 0.8 * STRETCH_NS
    assert taken.repeats == 1 or stretch <= 1.05 * STRETCH_NS + repeat_ns


def test_an_interrupted_trial_does_not_pass_for_a_filled_stretch() -> None:
    clock = FakeClock(interruptions=[5_000_000])
    taken = fake_bench(clock).sample([Case("one", clock.kernel(10))], 0)["one"]
    assert taken.repeats * 10 >= 0.8 * STRETCH_NS


def test_what_takes_no_time_comes_to_an_end() -> None:
    clock = FakeClock()
    taken = fake_bench(clock).sample([Case("nothing", clock.kernel(0))], 0)["nothing"]
    assert taken.repeats >= 1 << 40
    assert all(taken.ns > 0)


def test_a_coarse_clock_gets_a_longer_stretch() -> None:
    clock = FakeClock(step_ns=1000)
    taken = fake_bench(clock).sample([Case("one", clock.kernel(10))], 0)["one"]
    assert taken.repeats * 10 >= 800_000


def test_a_wanted_stretch_is_filled() -> None:
    clock = FakeClock()
    taken = fake_bench(clock).sample([Case("one", clock.kernel(10))], 0, stretch_ns=2_000_000)["one"]
    assert 1_600_000 <= taken.repeats * 10 <= 2_200_000


@pytest.mark.parametrize("effort", EFFORT_SCALE)
def test_the_time_is_used_up_and_no_more_than_a_round_beyond(effort: Effort) -> None:
    clock = FakeClock()
    bench, began = fake_bench(clock, effort), clock.time
    taken = bench.sample([Case("one", clock.kernel(1000)), Case("two", clock.kernel(3000))], 0.02, at_most=1000)
    used, wanted = clock.time - began, 0.02e9 * EFFORT_SCALE[effort]
    a_round = sum(one.repeats * cost for one, cost in zip(taken.values(), (1000, 3000), strict=True)) + 4 * CHAIN_NS
    assert wanted <= used < wanted + a_round


def test_there_are_at_least_five_rounds_and_at_most_as_many_as_asked() -> None:
    def count(seconds: float, **more: int) -> int:
        clock = FakeClock()
        return fake_bench(clock).sample([Case("one", clock.kernel(1000))], seconds, **more)["one"].ns.size

    assert count(0) == MINIMUM_SAMPLES == 5
    assert count(10) == MAXIMUM_SAMPLES
    assert count(10, at_most=7) == 7
    assert count(10, at_most=3) == count(0, at_most=3) == 3


def test_a_sample_is_the_time_of_a_unit_of_work_less_the_reading_and_the_call() -> None:
    clock = FakeClock(read_ns=20)
    bench = fake_bench(clock, call_ns=50)
    taken = bench.sample([Case("one", clock.kernel(1000, 50), work=4)], 0)["one"]
    assert (taken.name, taken.work) == ("one", 4)
    assert list(taken.ns) == [250.0] * 5
    assert list(taken.hertz) == [1e9] * 5
    assert list(taken.cycles) == [250.0] * 5
    assert taken.lower() == taken.median() == taken.lower_cycles() == (250, 250, 250)


def test_an_interrupted_sample_raises_no_lower_envelope() -> None:
    clock = FakeClock()
    case = Case("one", clock.kernel(1000), before=lambda: clock.interruptions.extend([0, next(noise, 0)]))
    noise = iter([0, 0, 0, 0, 70_000, 900_000])
    taken = fake_bench(clock).sample([case], 0)["one"]
    assert taken.lower().value == 1000
    assert max(taken.ns) > 1000


def test_cycles_use_the_faster_of_the_two_readings() -> None:
    one = samples([2.0] * 5, [1e9, 2e9, 2e9, 2e9, 2e9], [2e9] * 5)
    assert list(one.hertz) == [2e9] * 5


def test_cycles_leave_out_the_samples_whose_clocks_disagree() -> None:
    before = [1e9] * 5 + [2e9, 0.98e9]
    one = samples([1.0, 2.0, 3.0, 4.0, 5.0, 60.0, 70.0], before, [1e9] * 7)
    assert list(one.cycles) == [1, 2, 3, 4, 5]
    assert list(one.ns) == [1, 2, 3, 4, 5, 60, 70]


def test_clocks_within_a_hundredth_agree() -> None:
    one = samples([1.0] * 6, [1e9] * 6, [1.0101e9] * 3 + [1.0102e9] * 3)
    assert one.cycles.size == 6  # too few agree, so all are kept
    assert samples([1.0] * 5 + [9.0], [1e9] * 6, [1.0101e9] * 5 + [1.0102e9]).cycles.size == 5


def test_where_too_few_clocks_agree_all_samples_count() -> None:
    one = samples([1.0, 2.0, 3.0, 4.0, 5.0], [1e9] * 4 + [2e9], [1e9] * 5)
    assert list(one.cycles) == [1, 2, 3, 4, 10]


def test_what_comes_before_a_sample_is_done_each_time_and_not_timed() -> None:
    clock, calls = FakeClock(), Counter[str]()

    def before() -> None:
        calls["before"] += 1
        clock.time += 5_000_000

    case = Case("one", clock.kernel(1000, told=lambda _: calls.update(["run"])), before=before)
    taken = fake_bench(clock).sample([case], 0)["one"]
    assert list(taken.ns) == [1000.0] * 5
    assert calls["before"] == calls["run"]


def test_what_is_met_cold_is_timed_whole_without_a_trial() -> None:
    clock, told = FakeClock(read_ns=20), []
    case = Case("cold", clock.kernel(7, 50, told.append), work=2, before=lambda: told.append(-1))
    taken = fake_bench(clock, call_ns=50).sample_whole(case, 1000, 3)
    assert told == [-1, 1000] * 3
    assert taken.repeats == 1000
    assert list(taken.ns) == [3.5] * 3
    assert fake_bench(clock, call_ns=50).sample_whole(case, 1).ns.size == MINIMUM_SAMPLES


def test_the_frequency_beside_every_sample_is_remembered() -> None:
    clock = FakeClock()
    bench = fake_bench(clock)
    bench.sample([Case("one", clock.kernel(1000))], 0)
    assert bench.hertz_seen == [1e9] * 5


def test_no_cases_are_no_samples() -> None:
    assert fake_bench().sample([], 0) == {}


def test_a_c_case_is_bound_by_the_bench_or_by_the_variant_it_is_given() -> None:
    clock = FakeClock()
    usual, other = (FakeVariant({"stem_name": clock.kernel(ns)}) for ns in (1, 2))
    bench = fake_bench(clock)
    bench.variant = usual  # type: ignore[assignment]
    case = bench.c_case("one", "stem_name", (1, 2), 8)
    assert (case.name, case.work, case.before) == ("one", 8, None)
    bench.c_case("two", "stem_name", (3,), variant=other)  # type: ignore[arg-type]
    assert usual.bound == [("stem_name", (1, 2))]
    assert other.bound == [("stem_name", (3,))]
