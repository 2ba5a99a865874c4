"""What an operation costs: waiting for its result (latency), many side by side (throughput), and the FLOP roof.

Latency: a chain in which each operation needs the result of the one before. Throughput: 10 chains of integers or 12 of
floating point side by side, as the registers allow. The roof: fused multiply-adds on whole vectors, 12 or 24
accumulators, at every vector width, on one core and on all.
Fooled by: constant folding and reassociation (every result passes an optimiser barrier that adds no instruction),
operands for which a divider is quick (they keep full mantissas), numbers that become denormal or infinite (they do
not), denormal numbers flushed to zero by a library loaded into this process (seen in the result, and said).
Source: uops.info (Abel and Reineke 2019); Williams, Waterman, Patterson, Roofline (2009).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hwbench import native, stats
from hwbench.catalog.chain import (
    CHAIN_LENGTH,
    DTYPES,
    OPERATIONS,
    PEAK_ELEMENTS,
    SPREAD_LENGTH,
    denormal_operands,
    operands,
    peak_operands,
)
from hwbench.measure import results
from hwbench.measure.pinning import Member, run_together
from hwbench.probes import Known, probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hwbench.measure.bench import Bench, Case, Samples
    from hwbench.measure.results import Found
    from hwbench.native import Variant

KINDS: Final = tuple((operation, type_) for operation, chosen in OPERATIONS.items() for type_ in chosen.types)
LATENCIES: Final = {f"{operation}.latency.{type_}": "ns" for operation, type_ in KINDS}
THROUGHPUTS: Final = {f"{operation}.throughput.{type_}": "op/s" for operation, type_ in KINDS}
TOGETHER_NS: Final = 5_000_000  # threads start some tens of µs apart: under 2 % of this
TOGETHER_ROUNDS: Final = 5
ENOUGH_TOGETHER: Final = 0.8


@probe(
    group="arithmetic",
    quantities={
        **LATENCIES,
        **THROUGHPUTS,
        "denormal.penalty.f64": "ns",
        "flops.peak.f64": "FLOP/s",
        "flops.peak.f32": "FLOP/s",
        "flops.peak.f64_all": "FLOP/s",
    },
    curves=("flops",),
    seconds=1.3,
    order=55,
    processes=2,
)
def arithmetic(bench: Bench, known: Known) -> Iterator[Found]:
    """Price the common operations by type, and find the FLOP roof of one core and of all."""
    has_fused = bool(bench.variant.lib.chain_has_fused_multiply_add())
    yield from _latencies(bench, has_fused)
    yield from _throughputs(bench, has_fused)
    yield from _denormal(bench)
    yield from _roof(bench, has_fused)


def _case(bench: Bench, operation: str, kind: str, type_: str) -> Case:
    length = CHAIN_LENGTH if kind == "latency" else SPREAD_LENGTH
    return bench.c_case(
        f"{operation}.{type_}", f"chain_{operation}_{kind}_{type_}", (operands(operation, type_),), work=length
    )


def _measured(bench: Bench, kind: str, has_fused: bool) -> dict[str, Samples]:
    cases = [
        _case(bench, operation, kind, type_)
        for operation, type_ in KINDS
        if has_fused or operation != "fused_multiply_add"
    ]
    return bench.sample(cases, 0.6)


def _latencies(bench: Bench, has_fused: bool) -> Iterator[Found]:
    """Price each operation that waits for the one before; the square root without the multiplication in its chain."""
    taken = _measured(bench, "latency", has_fused)
    for operation, type_ in KINDS:
        name, samples = f"{operation}.latency.{type_}", taken.get(f"{operation}.{type_}")
        if samples is None:
            yield results.missing(name, "ns", "this CPU has no fused multiply-add instruction")
        elif operation == "square_root":
            method = "a chain of square roots, each multiplied to stay off 1, less a chain of multiplications"
            yield results.price_difference(name, samples, taken[f"multiply.{type_}"], method=method)
        else:
            yield results.price(name, samples, method=f"a chain of dependent {OPERATIONS[operation].text}")


def _throughputs(bench: Bench, has_fused: bool) -> Iterator[Found]:
    """Count the operations of each kind that are done side by side, a second and a cycle."""
    taken = _measured(bench, "throughput", has_fused)
    for operation, type_ in KINDS:
        name, samples = f"{operation}.throughput.{type_}", taken.get(f"{operation}.{type_}")
        if samples is None:
            yield results.missing(name, "op/s", "this CPU has no fused multiply-add instruction")
        else:
            yield results.bandwidth(
                name, samples, unit="op/s", method=f"independent chains of scalar {OPERATIONS[operation].text}"
            )


def _denormal(bench: Bench) -> Iterator[Found]:
    """Price what a multiplication of a denormal number costs more than one of a normal number."""
    name, function = "denormal.penalty.f64", "chain_multiply_latency_f64"
    numbers = {"denormal": denormal_operands("multiply"), "normal": operands("multiply", "f64")}
    if bench.variant.bind(function, (numbers["denormal"],))(1) == 0.0:
        yield results.missing(
            name, "ns", "this process flushes denormal numbers to zero: a library in it was built with -ffast-math"
        )
        return
    taken = bench.sample(
        [bench.c_case(key, function, (values,), work=CHAIN_LENGTH) for key, values in numbers.items()], 0.1
    )
    yield results.price_difference(
        name,
        taken["denormal"],
        taken["normal"],
        method="a chain of multiplications, denormal operand and result, less one of normal numbers; 0: full speed",
    )


def _flop(type_: str) -> int:
    """Return the FLOP of one repeat of the roof's kernel."""
    return 2 * PEAK_ELEMENTS[type_]


def _roof(bench: Bench, has_fused: bool) -> Iterator[Found]:
    """Find the FLOP rate of one core at every vector width, then that of all cores."""
    variants = native.available()
    cases = [
        bench.c_case(f"{variant.name}.{type_}", f"chain_peak_{type_}", (peak_operands(type_),), _flop(type_), variant)
        for variant in variants
        for type_ in PEAK_ELEMENTS
    ]
    taken = bench.sample(cases, 0.3)
    how = "fused multiply-adds" if has_fused else "multiplications and additions"
    points = []
    for type_ in PEAK_ELEMENTS:
        best = min(variants, key=lambda variant: taken[f"{variant.name}.{type_}"].lower().value)
        method = f"independent {how} on {_register_bits(best, type_)}-bit registers, the fastest width, one core"
        yield results.bandwidth(f"flops.peak.{type_}", taken[f"{best.name}.{type_}"], unit="FLOP/s", method=method)
        points += [_point(variant, type_, 1, _rates(taken[f"{variant.name}.{type_}"])) for variant in variants]
        several = variants if len(bench.cpus) > 1 else []
        together = {variant.name: _together(bench, variant, type_) for variant in several}
        points += [_point(variant, type_, len(bench.cpus), together[variant.name]) for variant in several]
        if type_ == "f64":
            alone = _rates(taken[f"{best.name}.f64"])[0].value
            yield _all_cores(bench, best, together.get(best.name), alone)
    yield results.curve("flops", points)


def _register_bits(variant: Variant, type_: str) -> int:
    return variant.bits if variant.name != "scalar" else np.dtype(DTYPES[type_]).itemsize * 8


def _rates(samples: Samples) -> tuple[stats.Estimate, float]:
    """Return the FLOP rate of one core and its FLOP a cycle."""
    return stats.upper_envelope(1e9 / samples.ns), stats.upper_envelope(1 / samples.cycles).value


def _together(bench: Bench, variant: Variant, type_: str) -> tuple[stats.Estimate, float]:
    """Return the FLOP rate of all cores at once, and their FLOP in a cycle of this core.

    The time is from the first start to the last end: threads that did not run side by side gain nothing.
    """
    run = variant.bind(f"chain_peak_{type_}", (peak_operands(type_),))
    started = bench.ruler.now()
    run(1000)
    repeats = max(int(1000 * TOGETHER_NS / max(bench.ruler.now() - started, 1)), 1)
    members = [Member(cpu, partial(run, repeats)) for cpu in bench.cpus]
    rates, hertz = [], 0.0
    for _ in range(TOGETHER_ROUNDS):
        spells = run_together(members)
        wall = max(spell.ended for spell in spells) - min(spell.started for spell in spells)
        rates.append(len(members) * repeats * _flop(type_) * 1e9 / max(wall, 1))
        hertz = max(hertz, bench.ruler.hertz())
    rate = stats.upper_envelope(rates)
    return rate, rate.value / hertz


def _point(variant: Variant, type_: str, cores: int, rates: tuple[stats.Estimate, float]) -> dict[str, Any]:
    return {
        "vector_bits": _register_bits(variant, type_),
        "cores": cores,
        "element_bits": np.dtype(DTYPES[type_]).itemsize * 8,
        "flops_per_second": rates[0].value,
        "flops_per_cycle": rates[1],
    }


def _all_cores(bench: Bench, best: Variant, rates: tuple[stats.Estimate, float] | None, alone: float) -> Found:
    if rates is None:
        return results.missing("flops.peak.f64_all", "FLOP/s", "only one CPU may be used here: see flops.peak.f64")
    rate, per_cycle = rates
    bits = _register_bits(best, "f64")
    return results.estimated(
        "flops.peak.f64_all",
        "FLOP/s",
        rate,
        cycles=rate.scaled(per_cycle / rate.value),
        method=f"the same on {bits}-bit registers on {len(bench.cpus)} CPUs at once, from first start to last end",
        caution=together_caution(rate.value, alone, len(bench.cpus)),
    )


def together_caution(together: float, alone: float, cpus: int) -> str | None:
    """Return a caution if several CPUs give much less than as many times what one gives, else None."""
    if together >= ENOUGH_TOGETHER * cpus * alone:
        return None
    return f"{cpus} CPUs gave {together / alone:.1f} times what one gave: busy with other work, or sharing cores"
