"""The chains: results to the bit, dependence costs, division costs more, and the code keeps to its registers."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from disassembly import count, needs_x86

from hwbench import native
from hwbench.catalog.chain import OPERATIONS, PEAK_ELEMENTS, denormal_operands, operands, peak_operands
from hwbench.probes import probes
from hwbench.probes.arithmetic import KINDS, LATENCIES, THROUGHPUTS, _latencies, _throughputs, together_caution

if TYPE_CHECKING:
    from hwbench.measure.bench import Bench
    from hwbench.native import Variant


def latency(variant: Variant, operation: str, type_: str, repeats: int) -> float:
    return variant.bind(f"chain_{operation}_latency_{type_}", (operands(operation, type_),))(repeats)


@pytest.mark.parametrize(("type_", "bits"), [("i64", 64), ("i32", 32)])
def test_a_chain_of_multiplications_wraps_as_the_type_does(variant: Variant, type_: str, bits: int) -> None:
    x, y, _ = (int(value) for value in operands("multiply", type_))
    wrapped = x * y**128 % 2**bits
    assert latency(variant, "multiply", type_, 2) == wrapped - (wrapped >> bits - 1 << bits)


@pytest.mark.parametrize("type_", ["i64", "i32", "f64", "f32"])
def test_a_chain_of_additions_counts_them(variant: Variant, type_: str) -> None:
    x, y, _ = operands("add", type_)
    assert latency(variant, "add", type_, 5) == x + 64 * 5 * y


@pytest.mark.parametrize("type_", ["f64", "f32"])
def test_a_chain_of_roots_stays_at_a_number_with_a_full_mantissa(variant: Variant, type_: str) -> None:
    assert latency(variant, "square_root", type_, 100) == pytest.approx(1.9, rel=1e-5)


@pytest.mark.parametrize("type_", ["i64", "i32", "f64", "f32"])
def test_a_chain_of_divisions_comes_back_to_where_it_began(variant: Variant, type_: str) -> None:
    assert latency(variant, "divide", type_, 100) == pytest.approx(float(operands("divide", type_)[0]), rel=1e-6)


@pytest.mark.parametrize("operation", ["add", "multiply"])
def test_a_denormal_chain_stays_denormal(variant: Variant, operation: str) -> None:
    run = variant.bind(f"chain_{operation}_latency_f64", (denormal_operands(operation),))
    assert 0 < run(1000) < np.finfo(np.float64).tiny


@pytest.mark.parametrize("width", native.VARIANT_BITS)
@pytest.mark.parametrize("type_", ["f64", "f32"])
def test_the_roof_counts_as_many_multiply_adds_at_every_width(width: str, type_: str) -> None:
    variant = native.load(width)
    if not isinstance(variant, native.Variant):
        pytest.skip(str(variant))
    assert variant.bind(f"chain_peak_{type_}", (peak_operands(type_),))(7) == 7 * PEAK_ELEMENTS[type_]


def test_a_fused_multiply_add_rounds_once(variant: Variant) -> None:
    x = expected = 1 + 2.0**-30
    for _ in range(64):
        expected = float(Fraction(expected) * Fraction(x) - 1)
    values = np.array([x, x, -1.0])
    assert variant.bind("chain_fused_multiply_add_latency_f64", (values,))(1) == expected


@needs_x86
@pytest.mark.parametrize("width", ["scalar", "v128", "v256", "v512"])
def test_a_throughput_kernel_does_its_operations_in_registers_and_one_at_a_time(width: str) -> None:
    assert count(r"^v?addsd\s+%", "chain_add_throughput_f64", width) >= 120
    assert count(r"^v?addpd", "chain_add_throughput_f64", width) == 0
    assert count(r"^imul", "chain_multiply_throughput_i64", width) >= 120
    assert count(r"^idiv", "chain_divide_latency_i64", width) >= 64


@needs_x86
@pytest.mark.parametrize(("width", "register"), [("scalar", "xmm"), ("v128", "xmm"), ("v256", "ymm"), ("v512", "zmm")])
def test_the_roof_is_made_of_fused_multiply_adds_on_registers_of_its_width(width: str, register: str) -> None:
    kind = "sd" if width == "scalar" else "pd"
    inside = "chain_peak_f64" if count(f"vfmadd231{kind}", "chain_peak_f64", width) else "peak_fused_f64"
    assert count(rf"^vfmadd231{kind}\s+%{register}\d+,%{register}\d+,%{register}\d+", inside, width) >= 12


@pytest.mark.parametrize(("operation", "type_"), [(o, t) for o, t in KINDS if o != "square_root"])
def test_operations_that_wait_for_each_other_take_longer(bench: Bench, operation: str, type_: str) -> None:
    if operation == "fused_multiply_add" and not bench.variant.lib.chain_has_fused_multiply_add():
        pytest.skip("no fused multiply-add here")
    values = operands(operation, type_)
    taken = bench.sample(
        [
            bench.c_case("waiting", f"chain_{operation}_latency_{type_}", (values,), work=64),
            bench.c_case("apart", f"chain_{operation}_throughput_{type_}", (values,), work=120),
        ],
        0.02,
    )
    assert taken["waiting"].lower().value > 1.2 * taken["apart"].lower().value


@pytest.mark.parametrize("type_", ["i64", "f64"])
def test_a_division_takes_longer_than_an_addition(bench: Bench, type_: str) -> None:
    cases = [bench.c_case(o, f"chain_{o}_latency_{type_}", (operands(o, type_),), work=64) for o in ("add", "divide")]
    taken = bench.sample(cases, 0.02)
    assert taken["divide"].lower().value > 2 * taken["add"].lower().value


def test_the_probe_finds_all_it_declares_and_the_roof_is_above_scalar_work(bench: Bench) -> None:
    probe = probes()["arithmetic"]
    found = list(probe.run(bench, {}))
    quantities = {f.name: f.quantity for f in found if f.quantity}
    assert {name: q.unit for name, q in quantities.items()} == probe.quantities
    assert all(q.is_available or q.unavailable for q in quantities.values())
    assert quantities["flops.peak.f64"].value > quantities["add.throughput.f64"].value
    points = next(f.curve for f in found if f.name == "flops")
    assert {point["element_bits"] for point in points} == {32, 64}
    assert all(point["flops_per_second"] > 0 for point in points)


def test_a_cpu_without_fused_multiply_add_gives_a_reason_and_no_figure(bench: Bench) -> None:
    found = {f.name: f.quantity for f in [*_latencies(bench, has_fused=False), *_throughputs(bench, has_fused=False)]}
    assert set(found) == {*LATENCIES, *THROUGHPUTS}
    without = {name for name, quantity in found.items() if not quantity.is_available}
    assert without == {f"fused_multiply_add.{kind}.{t}" for kind in ("latency", "throughput") for t in ("f64", "f32")}


def test_one_cpu_alone_gives_a_reason_for_the_roof_of_all(bench: Bench) -> None:
    alone = dataclasses.replace(bench, cpus=bench.cpus[:1])
    found = {f.name: f for f in probes()["arithmetic"].run(alone, {})}
    assert "only one CPU" in found["flops.peak.f64_all"].quantity.unavailable
    assert {point["cores"] for point in found["flops"].curve} == {1}


def test_every_operation_declares_operands_for_each_of_its_types() -> None:
    for operation, chosen in OPERATIONS.items():
        for type_ in chosen.types:
            assert operands(operation, type_).size == 3


def test_cpus_that_give_much_less_together_carry_a_caution() -> None:
    assert together_caution(190.0, alone=100.0, cpus=2) is None
    assert "2 CPUs gave 1.1 times" in str(together_caution(110.0, alone=100.0, cpus=2))
