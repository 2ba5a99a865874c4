"""What the counting plugin is told of the machine: geometries and prices of the profile, in core cycles.

Where the profile lacks a quantity, the machine's own claim serves, then a usual value; each is noted. Of the levels that
neighbours share, the capacity that was measured counts, not the claimed one.
Fooled by: a profile taken on a busy machine (its prices are what the model is made of); prices that drift.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hwbench.records import KERNEL_ENTRY_CYCLES

if TYPE_CHECKING:
    from hwbench.records import MachineProfile, Quantity

LEVEL_NUMBERS: Final = {"l1d": 1, "l2": 2, "l3": 3}
USUAL_WAYS: Final = {"l1d": 8, "l2": 8, "l3": 16}
USUAL_BYTES: Final = {"l1d": 32 << 10, "l2": 512 << 10, "l3": 16 << 20}
STRIDE_CLASSES: Final = 8
FOLLOWED: Final = ("l2.sequential_latency", "l3.sequential_latency", "prefetch.sequential_latency")
OUTER: Final = ("l2", "l3", "dram")
SAME_ENTRIES: Final = (
    0.3  # a measured number of TLB entries that comes as near as that to the claimed one means the same
)
# Our operation classes by what the profile calls them: (latency, throughput).
CLASSES: Final = {
    "integer": ("add.latency.i64", "add.throughput.i64"),
    "multiply": ("multiply.latency.i64", "multiply.throughput.i64"),
    "divide_32": ("divide.latency.i32", "divide.throughput.i32"),
    "divide_64": ("divide.latency.i64", "divide.throughput.i64"),
    "float_add": ("add.latency.f64", "add.throughput.f64"),
    "float_multiply": ("multiply.latency.f64", "multiply.throughput.f64"),
    "float_fma": ("fused_multiply_add.latency.f64", "fused_multiply_add.throughput.f64"),
    "float_divide_32": ("divide.latency.f32", "divide.throughput.f32"),
    "float_divide_64": ("divide.latency.f64", "divide.throughput.f64"),
    "float_root_32": ("square_root.latency.f32", "square_root.throughput.f32"),
    "float_root_64": ("square_root.latency.f64", "square_root.throughput.f64"),
}
PLAIN: Final = {  # option: (quantity, usual cycles)
    "l1_latency": ("l1d.latency", 4.0),
    "tlb_miss": ("dtlb.l1.miss_cost", 7.0),
    "page_walk": ("page_walk.cost", 30.0),
    "forward": ("store_forward.contained", 5.0),
    "handed_on": ("store_forward.latency", 5.0),
    "renamed": ("store_forward.renamed", 5.0),
    "forward_failed": ("store_forward.failed", 14.0),
    "alias": ("alias_4k.penalty", 1.0),
    "atomic": ("atomic.uncontended", 18.0),
}
# A wrong guess costs the way from the branch's start to its end as well, which the model has apart: in the kernels that
# measured it a condition waits for one load, a target for two.
GUESSES: Final = {  # option: (quantity, usual cycles, loads before the end, cycles beside them)
    "mispredict": ("branch.mispredict_cost", 18.0, 1, 2.0),
    "indirect_mispredict": ("indirect.mispredict_cost", 20.0, 2, 1.0),
}
LEAST_REFILL: Final = 4.0
# x86 loads from one register, which a chase is made of, are a cycle quicker than others where they take four. Source: Fog,
# The microarchitecture of Intel, AMD and VIA CPUs.
SLOW_ANYWAY: Final = 4.5
RATES: Final = {  # option: (quantity, usual a cycle)
    "width": ("core.width", 6.0),
    "load_throughput": ("load.throughput", 2.0),
    "store_throughput": ("store.throughput", 1.0),
}

ENTRIES: Final = {
    "window": ("core.window", 224.0),
    "store_buffer": ("store_buffer.entries", 56.0),
    "scheduler": ("scheduler.entries", 96.0),
    "integer_registers": ("core.integer_registers", 160.0),
}


@dataclass
class Told:
    """The options as `key=value` words, and notes on what was not measured."""

    words: dict[str, str] = field(default_factory=dict)
    unmeasured: list[str] = field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        """What to say of the values that were taken from elsewhere; nothing if there are none."""
        if not self.unmeasured:
            return []
        return [f"not in the profile, usual values were taken: {', '.join(self.unmeasured)}"]


def options_of(profile: MachineProfile) -> Told:
    """Return what the plugin is told of a machine."""
    told = Told()
    hertz = _value(profile, "core.frequency") or 3e9
    for level in LEVEL_NUMBERS:
        told.words[level] = _geometry(profile, level, told)
    _translation(profile, told)
    _prediction(profile, told, hertz)
    for option, (name, usual) in PLAIN.items():
        told.words[option] = f"{_or(_cycles(profile, name, hertz), usual, name, told):.4g}"
    if profile.host.cpu.architecture == "x86_64" and float(told.words["l1_latency"]) < SLOW_ANYWAY:
        told.words["indexed"] = "1"
    for option, (name, usual) in RATES.items():
        told.words[option] = f"{_or(_rate(profile, name), usual, name, told):.4g}"
    taken = _rate(profile, "branch.taken.throughput")
    each = 1 / _or(taken, 1.0, "branch.taken.throughput", told)
    told.words["taken_cycles"] = f"{each:.4g}"
    told.words["system"] = f"{KERNEL_ENTRY_CYCLES:.4g}"
    _calls(profile, told, hertz, each)
    for option, (name, usual) in ENTRIES.items():
        told.words[option] = f"{_or(_value(profile, name), usual, name, told):.0f}"
    _levels(profile, told, hertz)
    _operations(profile, told, hertz)
    return told


def _geometry(profile: MachineProfile, level: str, told: Told) -> str:
    claim = profile.host.cache(LEVEL_NUMBERS[level])
    line = _value(profile, "l1d.line_size") or profile.host.line_size
    size = _value(profile, f"{level}.capacity") or (claim.bytes if claim else None)
    ways = _value(profile, f"{level}.associativity") or (claim.associativity if claim else None)
    size = _or(size, float(USUAL_BYTES[level]), f"{level}.capacity", told)
    return f"{size:.0f}:{ways or USUAL_WAYS[level]:.0f}:{line:.0f}"


def _translation(profile: MachineProfile, told: Told) -> None:
    page = profile.host.memory.base_page_bytes
    claims = [tlb for tlb in profile.host.tlbs if tlb.page_bytes == page and tlb.kind in ("data", "unified")]
    for level, usual in ((1, 64.0), (2, 1536.0)):
        claim = next((tlb for tlb in claims if tlb.level == level), None)
        measured = _value(profile, f"dtlb.l{level}.entries")
        entries = measured or (claim.entries if claim else None)
        if measured and claim and abs(measured / claim.entries - 1) < SAME_ENTRIES:
            entries = claim.entries
        entries = _or(entries, usual, f"dtlb.l{level}.entries", told)
        ways = 0 if level == 1 else (claim.associativity if claim else None) or 8
        told.words[f"dtlb{level}"] = f"{entries:.0f}:{ways}"
    told.words["page"] = str(page)
    rate, cost = _rate(profile, "page_walk.throughput"), _cycles(profile, "page_walk.cost", 3e9)
    together = rate * cost if rate and cost else _value(profile, "page_walk.parallel")
    told.words["walks_parallel"] = f"{max(_or(together, 2.0, 'page_walk.throughput', told), 1.0):.3g}"


def _prediction(profile: MachineProfile, told: Told, hertz: float) -> None:
    first = _cycles(profile, "l1d.latency", hertz) or PLAIN["l1_latency"][1]
    for option, (name, usual, loads, beside) in GUESSES.items():
        cost = _or(_cycles(profile, name, hertz), usual, name, told)
        told.words[option] = f"{max(cost - loads * first - beside, LEAST_REFILL):.4g}"
    streams, stride = _value(profile, "prefetch.streams"), _value(profile, "prefetch.longest_stride")
    told.words["streams"] = f"{_or(streams, 32.0, 'prefetch.streams', told):.0f}"
    told.words["longest_stride"] = f"{_or(stride, 2048.0, 'prefetch.longest_stride', told):.0f}"
    targets = _value(profile, "indirect.targets")
    told.words["by_target"] = str(int(targets is None or targets > 1))
    callees = _value(profile, "indirect.call_targets")
    told.words["by_callee"] = str(int(callees > 1)) if callees is not None else told.words["by_target"]
    for option, curve, usual in (("pattern", "branch_pattern", 16384.0), ("targets", "indirect_pattern", 1024.0)):
        told.words[option] = f"{_or(_half_learned(profile, curve), usual, curve, told):.0f}"


def _calls(profile: MachineProfile, told: Told, hertz: float, taken: float) -> None:
    """Price returns: a call and its return, with the addition that the probe takes off, less the call, a taken branch."""
    pair, add = _cycles(profile, "call.direct", hertz), _cycles(profile, "add.latency.i64", hertz)
    if pair and add:
        told.words["return_cycles"] = f"{max(pair + add - taken, taken):.4g}"
    told.words["callee_cycles"] = f"{_cycles(profile, 'call.changing', hertz) or 0.0:.4g}"


def _half_learned(profile: MachineProfile, curve: str) -> float | None:
    """Return the random period of outcomes, or targets, at which half of the guesses that could be wrong are wrong."""
    points = sorted((point["period"], point["ns"]) for point in profile.curves.get(curve, ()))
    if len(points) < 3:
        return None
    least, most = min(ns for _, ns in points), points[-1][1]
    half = least + (most - least) / 2
    for (before, low), (after, high) in itertools.pairwise(points):
        if low <= half < high:
            return float(before * (after / before) ** ((half - low) / (high - low)))
    return None


def _levels(profile: MachineProfile, told: Told, hertz: float) -> None:
    latencies = [_or(_cycles(profile, f"{level}.latency", hertz), usual, f"{level}.latency", told)
                 for level, usual in zip(OUTER, (14.0, 46.0, 300.0), strict=True)]  # fmt: skip
    told.words["latency"] = _joined(latencies)
    told.words["parallel"] = _joined(
        [_or(_value(profile, f"{level}.mlp"), 10.0, f"{level}.mlp", told) for level in OUTER]
    )
    for way in ("read", "write"):
        names = [f"{level}.{way}_bandwidth" for level in OUTER]
        usual = (32.0, 16.0, 4.0)
        found = [_or(_rate(profile, name), each, name, told) for name, each in zip(names, usual, strict=True)]
        told.words[f"{way}_bandwidth"] = _joined(found)
    told.words["streamed"] = _joined([_cycles(profile, name, hertz) or 0.0 for name in FOLLOWED])
    told.words["strided"] = _joined(strided(profile))


def strided(profile: MachineProfile) -> list[float]:
    """Return how much longer the pipe is taken by a line at a stride of 1, 2, 4 … lines than by lines in a row; 1 where unknown.

    Fetching along the neighbour of a missed line, or running past a page, moves more than what is used. A chain of loads
    shows it, as far as it is fetched ahead at all: that it waits longer than a line in a row is taken for the pipe's time.
    """
    line = int(_value(profile, "l1d.line_size") or profile.host.line_size)
    costs = {int(point["stride_bytes"]): point["ns"] for point in profile.curves.get("prefetch_strides", ())}
    found = []
    for power in range(STRIDE_CLASSES):
        ratio = costs.get(line << power, 0.0) / costs[line] if costs.get(line) else 1.0
        found.append(max(ratio, 1.0))
    return found


def _operations(profile: MachineProfile, told: Told, hertz: float) -> None:
    for name, (latency, throughput) in CLASSES.items():
        cycles, rate = _cycles(profile, latency, hertz), _best_rate(profile, throughput)
        if cycles and rate:
            told.words[f"op_{name}"] = f"{cycles:.4g}:{1 / rate:.4g}"
        else:
            told.unmeasured.append(latency)


def _quantity(profile: MachineProfile, name: str) -> Quantity | None:
    return profile.quantities.get(name)


def _value(profile: MachineProfile, name: str) -> float | None:
    found = _quantity(profile, name)
    return None if found is None or found.value is None or found.value <= 0 else found.value


def _cycles(profile: MachineProfile, name: str, hertz: float) -> float | None:
    """Return a price in core cycles."""
    found = _quantity(profile, name)
    if found is None or found.value is None:
        return None
    cycles = found.cycles if found.cycles is not None else found.value * hertz / 1e9
    return cycles if cycles > 0 else None


def _rate(profile: MachineProfile, name: str) -> float | None:
    """Return a rate a core cycle, of operations or of bytes."""
    found = _quantity(profile, name)
    if found is None or found.value is None:
        return None
    hertz = _value(profile, "core.frequency")
    rate = found.cycles if found.cycles is not None else found.value / hertz if hertz else None
    return rate if rate is not None and rate > 0 else None


def _best_rate(profile: MachineProfile, name: str) -> float | None:
    """Return the upper end of a rate: units are not slower for what else the machine did while they were measured."""
    found = _quantity(profile, name)
    return found.cycles_high if found is not None and found.cycles_high else _rate(profile, name)


def _or(found: float | None, usual: float, name: str, told: Told) -> float:
    if found:
        return float(found)
    told.unmeasured.append(name)
    return usual


def _joined(values: list[float]) -> str:
    return ":".join(f"{value:.5g}" for value in values)
