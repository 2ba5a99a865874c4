"""The core's width and window are found rightly on made-up cores, and the code has as many fillers as it says."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from disassembly import count, instructions, needs_x86
from fakes import FakeClock, Run, fake_bench

from hwbench.catalog import kernels
from hwbench.catalog.pipeline import ACCESSES, MIXES, starts
from hwbench.catalog.rings import aligned_words, random_order, ring_of
from hwbench.probes import pipeline as probe
from hwbench.probes.pipeline import last_overlapping
from hwbench.records import Quantity
from hwbench.units import MIB

if TYPE_CHECKING:
    from hwbench.measure.bench import Bench
    from hwbench.native import Variant

WIDTHS = ["scalar", "v128", "v256", "v512"]
WINDOWS = ["mixed", "adds", "loads", "stores", "waiting"]
MISS_NS = 400


@dataclass
class Core:
    """A core of so many places of each kind between two misses, that does so many instructions a cycle of 1 ns."""

    clock: FakeClock
    places: dict[str, int]
    width: float = 6
    miss_ns: int = MISS_NS
    is_written: bool = True

    def bind(self, function: str, arguments: tuple[Any, ...]) -> Run:
        if not self.is_written:
            return lambda _repeats: -1
        if function.startswith("pipeline_window_"):
            overlap = arguments[2] <= self.places[function.removeprefix("pipeline_window_")]
            return self.clock.kernel(self.miss_ns + (0 if overlap else self.miss_ns) + arguments[2] // 8)
        if function == "chase_one":
            return self.clock.kernel(self.miss_ns)
        work = next((mix.instructions for name, mix in MIXES.items() if function == f"pipeline_{name}"), ACCESSES)
        best = function == "pipeline_adds_5_loads_2_stores_1"
        return self.clock.kernel(round(work / (self.width if best else self.width / 2)))


def found_on(name: str, **more: Any) -> dict[str, Quantity]:
    clock = FakeClock()
    bench = fake_bench(clock, "quick", memory_bytes=4 * MIB)
    places = dict.fromkeys(WINDOWS, 10_000) | more.pop("places", {})
    bench.variant = Core(clock, places, **more)  # type: ignore[assignment]
    found = getattr(probe, name)(bench, {})
    return {one.name: one.quantity for one in found if one.quantity is not None}


def test_the_best_mix_is_the_width() -> None:
    quantity = found_on("pipeline", width=6)["core.width"]
    assert (quantity.unit, quantity.value, quantity.cycles) == ("op/s", 6e9, 6)
    assert "five additions to two loads and a store" in quantity.method


@pytest.mark.parametrize("places", [30, 97, 223, 511])
@pytest.mark.parametrize(
    ("name", "fillers", "own"),
    [
        ("core.window", "mixed", 3),
        ("core.integer_registers", "adds", 2),
        ("load_buffer.entries", "loads", 2),
        ("store_buffer.entries", "stores", 0),
        ("scheduler.entries", "waiting", 1),
    ],
)
def test_a_window_is_as_large_as_two_misses_and_what_fits_between(
    name: str, fillers: str, own: int, places: int
) -> None:
    quantity = found_on("window", places={fillers: places})[name]
    assert quantity.low is not None
    assert quantity.high is not None
    assert quantity.low <= places + own < quantity.high
    assert quantity.high - quantity.low <= max(1, 0.04 * places)


def test_a_window_without_an_end_in_sight_is_open_above() -> None:
    quantity = found_on("window")["core.window"]
    assert (quantity.value, quantity.low, quantity.high) == (1003, 1003, None)


def test_a_core_that_does_not_look_ahead_has_no_window_and_the_reason() -> None:
    quantity = found_on("window", places={"mixed": 4})["core.window"]
    assert "do not overlap" in str(quantity.unavailable)


def test_a_miss_that_is_too_short_gives_no_window() -> None:
    quantity = found_on("window", miss_ns=100)["core.window"]
    assert "over before the core has looked" in str(quantity.unavailable)


@pytest.mark.parametrize("name", ["pipeline", "window"])
def test_an_instruction_set_without_the_code_is_said(name: str) -> None:
    found = found_on(name, is_written=False)
    assert {quantity.unavailable for quantity in found.values()} == {probe.NOT_HERE}


def test_a_disturbed_turn_does_not_end_the_window() -> None:
    assert last_overlapping([(8, 1.0), (16, 3.0), (32, 1.1), (64, 2.0), (128, 2.1)], 1.0) == (32, 64)


def test_misses_that_overlap_to_the_end_have_no_next_number() -> None:
    assert last_overlapping([(8, 1.0), (16, 1.0), (32, 1.1)], 1.0) == (32, None)


def test_turns_that_all_cost_two_misses_do_not_overlap() -> None:
    assert last_overlapping([(8, 2.0), (16, 2.0), (32, 2.1)], 1.0) is None


@pytest.mark.parametrize("fillers", WINDOWS)
@pytest.mark.parametrize("between", [0, 1, 500, 1023])
def test_two_walks_go_on_from_where_they_ended(variant: Variant, fillers: str, between: int) -> None:
    order = random_order(64, 8)
    positions = starts(order)
    run = variant.bind(f"pipeline_window_{fillers}", (ring_of(4096, order), positions, between))
    if run(1) < 0:
        pytest.skip(probe.NOT_HERE)
    run(5)
    assert positions.tolist() == [order[6], order[32 + 6]]


@pytest.mark.parametrize("between", [-1, 1024])
def test_an_impossible_number_of_fillers_is_refused(variant: Variant, between: int) -> None:
    order = random_order(64, 8)
    assert variant.bind("pipeline_window_adds", (ring_of(4096, order), starts(order), between))(3) == -1


def test_no_repeats_do_nothing(variant: Variant) -> None:
    words = aligned_words(128)
    for name in MIXES:
        assert variant.bind(f"pipeline_{name}", (words,))(0) == 0


def test_stores_write_what_they_say(variant: Variant) -> None:
    words = aligned_words(128)
    if variant.bind("pipeline_stores", (words,))(3) < 0:
        pytest.skip(probe.NOT_HERE)
    assert set(words) == {1}


@needs_x86
@pytest.mark.parametrize("width", WIDTHS)
def test_there_are_as_many_fillers_as_a_jump_may_leave_out(width: str) -> None:
    assert count(r"^lea\s+0x1\(%r\d+\)", "pipeline_window_adds", width) == 2 * 1024
    assert count(r"^lea\s+0x1\(%r\d+\)", "pipeline_window_mixed", width) == 1024
    assert count(r"^v?paddq\s+%xmm4", "pipeline_window_mixed", width) == 1024
    assert count(r"^jmp\s+\*", "pipeline_window_mixed", width) == 2


@needs_x86
@pytest.mark.parametrize("width", WIDTHS)
def test_every_waiting_filler_reads_what_the_load_before_it_brings(width: str) -> None:
    fillers, follows, jumps = r"^lea\s+\(%rsi,(%\w+),1\),%r\d", r"^mov\s+(?:0x0)?\((%\w+)\),\1$", r"^jmp\s+\*%"
    lines = instructions("pipeline_window_waiting", width)
    places = [at for at, line in enumerate(lines) if re.search(jumps, line)]
    assert len(places) == 2
    for at in places:
        loaded = re.search(follows, lines[at - 1])
        assert loaded is not None
        read = [re.search(fillers, line) for line in lines[at + 1 : at + 1 + 1024]]
        assert {one and one.group(1) for one in read} == {loaded.group(1)}


@needs_x86
@pytest.mark.parametrize("width", WIDTHS)
def test_the_branches_are_there(width: str) -> None:
    assert count(r"^jne?\s", "pipeline_untaken", width) >= 64
    assert count(r"^je\s", "pipeline_taken", width) >= 64


def test_the_core_does_several_simple_instructions_a_cycle_and_takes_fewer_branches_than_it_passes(
    bench: Bench,
) -> None:
    found = {one.name: one.quantity for one in probe.pipeline(replace(bench, effort="default"), {}) if one.quantity}
    if not found["core.width"].is_available:
        pytest.skip(str(found["core.width"].unavailable))
    cycles = {name: quantity.cycles for name, quantity in found.items()}
    assert cycles["core.width"] > 1.2
    assert cycles["core.width"] > cycles["store.throughput"]
    assert cycles["branch.untaken.throughput"] > 0.9 * cycles["branch.taken.throughput"]


def test_every_window_kernel_is_in_the_catalogue() -> None:
    named = {kernel.c_function for kernel in kernels().values()}
    assert {f"pipeline_window_{fillers}" for fillers in WINDOWS} <= named
    assert np.all([f"pipeline_{name}" in named for name in MIXES])
