"""The ruler is exact on a clock that is: resolution, costs, the chain's length, and the core's frequency."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fakes import FakeClock, FakeVariant, fake_ruler
from hypothesis import given
from hypothesis import strategies as st

from hwbench.measure import clock as measured
from hwbench.measure.clock import ADDS_PER_REPEAT, CHAIN_NS, Ruler, chain_extra, make_ruler
from hwbench.native import Variant

REPEAT_NS = 64  # 256 additions at 4 GHz
FOUR_GHZ = 4e9


def ruler_on(clock: FakeClock, call_ns: int = 50, repeat_ns: int = REPEAT_NS) -> Ruler:
    adds, nothing = clock.kernel(repeat_ns, call_ns), clock.kernel(0, call_ns)
    variant = FakeVariant({"clock_adds": adds, "clock_nothing": nothing})
    made = make_ruler(variant, clock.now, "fake")  # type: ignore[arg-type]
    assert variant.bound == [("clock_adds", (1,)), ("clock_nothing", ())]
    return made


def readings(*times: int) -> Callable[[], int]:
    rest = [*times, *[times[-1]] * 2000]
    return lambda: rest.pop(0)


@pytest.mark.parametrize(
    ("times", "step"),
    [
        ((0, 0, 0, 100, 100, 200, 200), 100),
        ((0, 70, 140, 220, 290), 10),
        ((0, 41, 84, 125), 2),
        ((5, 5, 5), 1),
        ((0, 3, 100), 3),
    ],
)
def test_the_resolution_is_the_smallest_step_or_the_gap_between_two_steps(times: tuple[int, ...], step: float) -> None:
    assert measured._smallest_step(readings(*times)) == step


def test_reading_and_calling_cost_what_they_cost() -> None:
    facts = ruler_on(FakeClock(read_ns=20), call_ns=50).facts
    assert facts.name == "fake"
    assert facts.read_ns == pytest.approx(20 * 201 / 200)  # a batch is ended by a reading of its own
    assert facts.call_ns == pytest.approx(50 + 20 / 200)
    assert facts.resolution_ns == 20


def test_a_call_has_its_cost_also_where_reading_the_clock_is_dearer() -> None:
    facts = ruler_on(FakeClock(read_ns=1000), call_ns=50).facts
    assert facts.call_ns == pytest.approx(50 + 1000 / 200)


def test_one_undisturbed_batch_is_enough_for_a_cost() -> None:
    clock = FakeClock(interruptions=[5_000] * 200 + [0] * 200 + [1_000_000] * 13 * 200)
    assert measured._smallest_cost(clock.now, lambda: clock.kernel(7)(1)) == 7


def test_the_stretch_in_between_is_a_reading_and_a_call() -> None:
    ruler = fake_ruler(FakeClock(read_ns=20), call_ns=50)
    assert ruler.call_overhead_ns == 70


@pytest.mark.parametrize(
    ("step", "read", "call", "shortest"), [(100, 20, 50, 100_000), (1, 20, 50, 20_000), (1, 20, 5000, 500_000)]
)
def test_a_trusted_stretch_is_a_thousand_times_the_coarsest_of_the_ruler(
    step: int, read: int, call: int, shortest: float
) -> None:
    assert fake_ruler(FakeClock(read_ns=read, step_ns=step), call_ns=call).shortest_stretch_ns == shortest


def test_the_frequency_is_exact_however_dear_the_clock_and_the_call() -> None:
    for read, call in ((0, 0), (20, 50), (100, 400)):
        ruler = ruler_on(FakeClock(read_ns=read), call_ns=call)
        assert ruler.chain_extra_ns == read + call
        assert ruler.hertz() == pytest.approx(FOUR_GHZ, rel=1e-12)


def test_the_chain_is_long_enough_and_not_much_longer() -> None:
    ruler = ruler_on(FakeClock(read_ns=20))
    assert CHAIN_NS <= ruler.chain_repeats * REPEAT_NS < 1.2 * CHAIN_NS


def test_a_coarse_clock_gets_a_longer_chain() -> None:
    ruler = ruler_on(FakeClock(read_ns=20, step_ns=1000))
    assert ruler.facts.resolution_ns == 1000
    assert ruler.chain_repeats * REPEAT_NS >= 250_000 - 1000
    assert ruler.hertz() == pytest.approx(FOUR_GHZ, rel=0.01)


@given(st.integers(1, 100_000), st.integers(0, 500))
def test_a_run_is_repeated_until_it_lasts_as_long_as_wanted(repeat_ns: int, call_ns: int) -> None:
    clock = FakeClock()
    repeats = measured._repeats_for(clock.kernel(repeat_ns, call_ns), clock.now, CHAIN_NS)
    assert repeats * repeat_ns + call_ns >= CHAIN_NS
    assert repeats == 16 or repeats * repeat_ns <= 4 * CHAIN_NS


def test_a_run_that_takes_no_time_is_not_repeated_for_ever() -> None:
    clock = FakeClock()
    assert measured._repeats_for(clock.kernel(0), clock.now, CHAIN_NS) >= 1 << 40


def test_what_timing_a_chain_costs_survives_interruptions() -> None:
    clock = FakeClock(read_ns=20, interruptions=[1_000_000, 0, 0, 700_000, 90_000])
    assert chain_extra(clock.kernel(REPEAT_NS, 50), clock.now, 1000) == 70


def test_a_change_of_the_frequency_does_not_pass_for_a_cost_of_timing() -> None:
    clock = FakeClock()
    slow_then_fast = iter([10_000, 10_000] * 25)
    assert chain_extra(lambda _: clock.kernel(next(slow_then_fast))(1), clock.now, 1000) == 500  # a twentieth
    clock = FakeClock()
    fast_then_slow = iter([10_000, 30_000] * 25)
    assert chain_extra(lambda _: clock.kernel(next(fast_then_slow))(1), clock.now, 1000) == 0


def test_an_interrupted_chain_shows_a_slower_core_and_the_next_one_the_true_one() -> None:
    clock = FakeClock()
    ruler = fake_ruler(clock)
    clock.interruptions = [16 * ADDS_PER_REPEAT]
    assert ruler.hertz() == 0.5e9
    assert ruler.hertz() == 1e9


def test_a_chain_that_took_no_time_gives_a_finite_frequency() -> None:
    clock = FakeClock()
    ruler = Ruler(clock.now, fake_ruler(clock).facts, clock.kernel(0), 16, chain_extra_ns=5)
    assert ruler.hertz() == 16 * ADDS_PER_REPEAT * 1e9


def test_the_clock_of_this_machine_makes_a_ruler(variant: Variant) -> None:
    ruler = make_ruler(variant)
    assert ruler.facts.name
    assert ruler.facts.resolution_ns >= 1
    assert ruler.facts.read_ns > 0
    assert ruler.facts.call_ns > 0
    assert ruler.chain_extra_ns >= 0
    assert ruler.adds(3) == 3 * ADDS_PER_REPEAT
    assert ruler.hertz() > 0


def test_every_batch_has_its_cost_and_the_smallest_is_the_least_of_them() -> None:
    clock = FakeClock()
    assert measured.costs(clock.now, lambda: clock.kernel(7)(1), batches=3) == [7.0, 7.0, 7.0]
