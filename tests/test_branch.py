"""The branches: wrong guesses cost, learned patterns do not, and the code is what it says it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from disassembly import count, needs_x86

from hwbench.catalog.branch import (
    CALLS,
    HANDLERS,
    cycle_of_targets,
    outcomes_prepared,
    random_outcomes,
    random_targets,
    repeated,
    targets_prepared,
    threaded_prepared,
)
from hwbench.measure.bench import Bench, Samples
from hwbench.probes import probes
from hwbench.probes.branches import bias_caution, learned_bounds, noise_caution

if TYPE_CHECKING:
    from hwbench.native import Variant

WIDTHS = ["scalar", "v128", "v256", "v512"]


def samples(*ns: float) -> Samples:
    return Samples("x", np.array(ns), np.full(len(ns), 1e9), np.full(len(ns), 1e9), 1, 1.0)


def test_outcomes_that_cannot_be_guessed_cost_more_than_alternating_ones(bench: Bench) -> None:
    alternating = repeated(np.array([0, 1], dtype=np.uint8), 1 << 20)
    cases = [
        bench.c_case(name, "branch_conditional", outcomes_prepared(outcomes).arguments)
        for name, outcomes in (("random", random_outcomes(1 << 20)), ("alternating", alternating))
    ]
    taken = bench.sample(cases, 0.1)
    assert taken["random"].lower().value > 2 * taken["alternating"].lower().value


def test_targets_that_cannot_be_guessed_cost_more_than_one_target(bench: Bench) -> None:
    cases = [
        bench.c_case(name, "branch_indirect", targets_prepared(targets).arguments)
        for name, targets in (("random", random_targets(1 << 20)), ("one", np.zeros(1 << 20, dtype=np.uint8)))
    ]
    taken = bench.sample(cases, 0.1)
    assert taken["random"].lower().value > 2 * taken["one"].lower().value


def test_a_short_program_of_handlers_costs_less_than_one_without_repetition(bench: Bench) -> None:
    programs = {"short": repeated(random_targets(16, 16), 1 << 14), "endless": random_targets(1 << 20, 16)}
    cases = [
        bench.c_case(name, "branch_threaded", threaded_prepared(steps).arguments) for name, steps in programs.items()
    ]
    taken = bench.sample(cases, 0.1)
    assert taken["endless"].lower().value > 1.5 * taken["short"].lower().value


def test_calls_from_one_place_that_cannot_be_guessed_cost_more_than_those_of_one_function(bench: Bench) -> None:
    cases = [
        bench.c_case(name, "branch_call_table", threaded_prepared(targets).arguments)
        for name, targets in (
            ("random", random_targets(1 << 20, HANDLERS)),
            ("one", repeated(np.array([5], dtype=np.uint8), 1 << 16)),
        )
    ]
    taken = bench.sample(cases, 0.1)
    assert taken["random"].lower().value > 1.5 * taken["one"].lower().value


def test_a_called_function_costs_more_than_its_work_in_place(bench: Bench) -> None:
    names = ("branch_call_none", "branch_call_direct", "branch_call_indirect")
    taken = bench.sample([bench.c_case(name, name, (3,), work=CALLS) for name in names], 0.1)
    assert taken["branch_call_direct"].lower().value > 1.2 * taken["branch_call_none"].lower().value
    assert taken["branch_call_indirect"].lower().value > 1.2 * taken["branch_call_none"].lower().value


def test_a_walk_goes_round_and_on_from_where_the_last_ended(variant: Variant) -> None:
    run = variant.bind("branch_conditional", outcomes_prepared(np.array([1, 0, 0], dtype=np.uint8)).arguments)
    assert [run(1), run(1), run(1), run(1), run(7)] == [3, 1, 1, 3, 1 + 1 + 3 + 1 + 1 + 3 + 1]


@pytest.mark.parametrize("function", ["branch_conditional", "branch_indirect", "branch_threaded"])
def test_an_empty_sequence_is_refused(variant: Variant, function: str) -> None:
    assert variant.bind(function, (np.zeros(1, dtype=np.uint8), np.zeros(1, dtype=np.int64), 0))(5) == -1


def test_a_repeated_pattern_is_never_cut() -> None:
    assert repeated(np.array([1, 2, 3], dtype=np.uint8), 7).tolist() == [1, 2, 3] * 3
    assert sorted(cycle_of_targets(64, 64)) == list(range(64))


@needs_x86
@pytest.mark.parametrize("width", WIDTHS)
def test_the_code_has_the_jumps_and_calls_it_is_named_for(width: str) -> None:
    assert count(r"^(notrack )?jmp\s+\*", "branch_indirect", width) >= 1
    assert count(r"^(notrack )?jmp\s+\*", "through_handlers", width) == HANDLERS + 1
    assert count(r"^call\s+\*", "branch_call_indirect", width) == CALLS
    assert count(r"^call\s+[0-9a-f]+ <add", "branch_call_direct", width) == CALLS
    assert count(r"^call", "branch_call_none", width) == 0


@needs_x86
@pytest.mark.parametrize("width", WIDTHS)
def test_the_conditional_kernel_works_on_no_vectors(width: str) -> None:
    assert count(r"[xyz]mm", "branch_conditional", width) == 0


def test_the_last_cheap_length_is_the_longest_learned() -> None:
    curve = [(16, 1.0), (32, 9.0), (64, 1.2), (128, 8.0), (256, 10.0)]
    assert learned_bounds(curve, floor=1.0, ceiling=11.0, share=0.5) == (64.0, 128.0)


def test_where_every_length_is_learned_there_is_a_reason_and_no_figure() -> None:
    assert learned_bounds([(16, 1.0), (64, 1.0)], 1.0, 11.0, 0.5) == "no limit seen: all of 64 are followed"


def test_where_no_length_is_learned_there_is_a_reason_and_no_figure() -> None:
    assert learned_bounds([(16, 9.0), (64, 10.0)], 1.0, 11.0, 0.5) == "not even 16 are followed"


def test_where_misses_cost_nothing_there_is_a_reason_and_no_figure() -> None:
    assert "no miss is seen" in str(learned_bounds([(16, 1.0)], 1.0, 1.0, 0.5))


def test_a_difference_within_noise_carries_a_caution() -> None:
    assert noise_caution(samples(5, 6, 7, 8), samples(1, 1.1, 1.2, 1.3)) is None
    assert "noise" in str(noise_caution(samples(1, 1.1, 1.2, 1.3), samples(1, 1.1, 1.2, 1.3)))


def test_a_biased_coin_that_costs_too_little_carries_a_caution() -> None:
    assert bias_caution(10.0, biased_ns=2.0, alternating_ns=1.0, taken=0.1) is None
    assert "one way in 10" in str(bias_caution(10.0, biased_ns=1.1, alternating_ns=1.0, taken=0.1))


def test_the_probe_finds_all_it_declares_and_more_bias_means_fewer_misses(bench: Bench) -> None:
    probe = probes()["branches"]
    found = list(probe.run(bench, {}))
    quantities = {f.name: f.quantity for f in found if f.quantity}
    curves = {f.name: f.curve for f in found if f.curve}
    assert {name: q.unit for name, q in quantities.items()} == probe.quantities
    assert set(curves) == set(probe.curves)
    assert all(q.is_available or q.unavailable for q in quantities.values())
    bias = {point["taken"]: point["ns"] for point in curves["branch_bias"]}
    assert bias[0.5] > bias[0.1] > bias[0.02]
    assert quantities["branch.mispredict_cost"].value > quantities["call.direct"].value
    assert quantities["indirect.mispredict_cost"].value > quantities["call.direct"].value
