"""What stands in a roofline: the roofs of a machine, and kernels under them, from a profile or from pyperf's files.

A byte is one that the core asks for, wherever it comes from, so that each level of the hierarchy has a roof of its own, and a
kernel the same flops per byte on every machine. Source: Ilic, Pratas, Sousa, Cache-aware Roofline model, IEEE Computer
Architecture Letters 13(1), 2014.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hwbench import stats
from hwbench.records import MachineProfile, Point
from hwbench.records.machine import ROOFLINE_KERNELS
from hwbench.show.report import looks
from hwbench.show.report.bandwidth import LEVELS, STEMS, operation_of, points_of
from hwbench.show.report.machines import Machine, value
from hwbench.units import format_bytes

ALIKE: Final = 1.04  # vector widths whose peaks differ by less have one roof
WORD: Final = 8  # bytes of a load or a store, where a kernel does not declare its bytes
ORDINARY: Final = ("read", "load", "write", "copy", "triad", "scale", "add")  # not around the caches
STREAMS: Final = {"add": 1 / 24, "scale": 1 / 16, "triad": 2 / 24}  # flops per byte, of doubles


@dataclass(frozen=True)
class Kernel:
    """A kernel in the roofline: its flops per byte asked for, its FLOP/s, and the bounds of that where they are known."""

    name: str
    flops_per_byte: float
    flops_per_second: float
    low: float | None = None
    high: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Roof:
    """What no kernel passes: a level's bytes/s (slanted), or with no level FLOP/s at some vector widths (flat)."""

    name: str
    rate: float
    low: float
    high: float
    how: str
    is_flat: bool = False

    @property
    def unit(self) -> str:
        """The unit of its rate and bounds."""
        return "FLOP/s" if self.is_flat else "B/s"

    def over(self, flops_per_byte: float) -> float:
        """Return the FLOP/s that it allows."""
        return self.rate if self.is_flat else self.rate * flops_per_byte


# ── roofs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def slanted(machine: Machine) -> list[Roof]:
    """Return the roof of each level: the most bytes/s of one core by any mix of loads and stores, not around the caches."""
    best: dict[float, Point] = {}
    for point in points_of(machine):
        known = best.get(point["level"])
        if point["cores"] == 1 and operation_of(point) in ORDINARY:
            best[point["level"]] = (
                point if known is None else max(known, point, key=lambda one: one["bytes_per_second"])
            )
    return [
        Roof(LEVELS[int(level)], point["bytes_per_second"], *_bounds(point, "bytes_per_second"), _how(point))
        for level, point in sorted(best.items())
    ]


def _how(point: Point) -> str:
    return f"{operation_of(point)}, {point['vector_bits']:.0f} bits"


def _bounds(point: Point, name: str) -> tuple[float, float]:
    low, high = point.get("low", math.nan), point.get("high", math.nan)
    return (low, high) if looks.is_drawable(low, high) else (point[name], point[name])


def flat(machine: Machine) -> list[Roof]:
    """Return the roofs of arithmetic on doubles on one core, the lowest first; widths that give the same have one."""
    points = [
        (point["flops_per_second"], int(point["vector_bits"]))
        for point in machine.profile.curves.get("flops", ())
        if point.get("element_bits") == 64
        and point.get("cores") == 1
        and looks.is_drawable(point.get("flops_per_second"), point.get("vector_bits"))
    ]
    groups: list[list[tuple[float, int]]] = []
    for rate, bits in sorted(points):
        if groups and rate <= groups[-1][0][0] * ALIKE:
            groups[-1].append((rate, bits))
        else:
            groups.append([(rate, bits)])
    roofs = [_peak(group) for group in groups]
    return roofs or _claimed_peak(machine.profile)


def _peak(group: Sequence[tuple[float, int]]) -> Roof:
    rates = [rate for rate, _ in group]
    name = " and ".join(str(bits) for bits in sorted(bits for _, bits in group)) + " bits"
    return Roof(name, max(rates), min(rates), max(rates), "independent multiply-adds", is_flat=True)


def _claimed_peak(profile: MachineProfile) -> list[Roof]:
    """Return the roof of the fastest width alone, where the curve is not there."""
    peak = profile.quantities.get("flops.peak.f64")
    if peak is None or peak.value is None or not looks.is_drawable(peak.value):
        return []
    low, high = peak.low or peak.value, peak.high or peak.value
    return [Roof("fastest width", peak.value, low, high, "independent multiply-adds", is_flat=True)]


# ── kernels ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def streams(machine: Machine) -> Iterator[tuple[str, Kernel]]:
    """Yield (level, kernel) for the streams with arithmetic in them: at each level the vector width that was best."""
    best: dict[tuple[float, str], Point] = {}
    for point in points_of(machine):
        key = (point["level"], operation_of(point))
        if point["cores"] == 1 and key[1] in STREAMS:
            known = best.get(key, point)
            best[key] = max(known, point, key=lambda one: one["bytes_per_second"])
    for (level, name), point in sorted(best.items()):
        flops = STREAMS[name]
        low, high = _bounds(point, "bytes_per_second")
        rate = flops * point["bytes_per_second"]
        note = f"in {LEVELS[int(level)]}, {point['vector_bits']:.0f} bits"
        yield LEVELS[int(level)], Kernel(name, flops, rate, flops * low, flops * high, note)


def products(machine: Machine) -> Iterator[tuple[str, Kernel]]:
    """Yield (level, kernel) for the curve `roofline`: the level is the nearest that holds all data of the kernel."""
    for point in machine.profile.curves.get("roofline", ()):
        number = point.get("kernel")
        if number not in range(len(ROOFLINE_KERNELS)):
            continue
        if looks.is_drawable(point.get("flops_per_byte"), point.get("flops_per_second")):
            low, high = _bounds(point, "flops_per_second")
            size = point.get("bytes")
            note = format_bytes(size) if size is not None and looks.is_drawable(size) else ""
            name = ROOFLINE_KERNELS[int(number or 0)].replace("_", " ")
            kernel = Kernel(name, point["flops_per_byte"], point["flops_per_second"], low, high, note)
            yield _holds(machine.profile, size), kernel


def _holds(profile: MachineProfile, size: float | None) -> str:
    """Return the nearest level whose measured capacity holds so many bytes; empty where that is not known."""
    capacities = {LEVELS[number]: value(profile, f"{stem}.capacity") for number, stem in STEMS.items()}
    known = {name: capacity for name, capacity in capacities.items() if capacity is not None}
    if size is None or not known:
        return ""
    return next((name for name, capacity in known.items() if size <= capacity), LEVELS[max(LEVELS)])


def kernels_of(benchmarks: Sequence[Any]) -> list[Kernel]:
    """Return the kernels among pyperf benchmarks: those whose metadata say what flops and bytes a repeat does.

    Where no bytes are declared (`work_bytes`), a load or a store is counted as 8; others are left out. The rate is that of
    the median time, with its distribution-free interval.
    """
    counted = [(one, intensity) for one in benchmarks if (intensity := _intensity(one)) is not None]
    often = Counter(str(one.get_name()) for one, _ in counted)
    kernels = []
    for one, (flops, moved, is_declared) in counted:
        taken = stats.median(one.get_values())
        variant = str(one.get_metadata().get("variant", ""))
        name = str(one.get_name())
        if often[name] > 1 and variant:
            name = f"{name} {variant}"
        note = "" if is_declared else f"{WORD} bytes a load or store"
        if looks.is_drawable(taken.value, taken.low, taken.high):
            kernels.append(
                Kernel(name, flops / moved, flops / taken.value, flops / taken.high, flops / taken.low, note)
            )
    return kernels


def _intensity(benchmark: Any) -> tuple[float, float, bool] | None:
    """Return the flops and bytes of a repeat, and whether the bytes were declared; None where they are not known."""
    if benchmark.get_unit() != "second" or not benchmark.get_nvalue():
        return None
    metadata = benchmark.get_metadata()
    flops, declared, loads, stores = (
        _number(metadata.get(f"work_{name}")) for name in ("flops", "bytes", "loads", "stores")
    )
    moved = declared or WORD * (loads + stores)
    return (flops, moved, declared > 0) if looks.is_drawable(flops, moved) else None


def _number(value: Any) -> float:
    """Return a number of the metadata; 0 where it is none."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) and value > 0 else 0.0


# ── kernels under roofs ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class House:
    """A machine's roofs and the kernels under them, each with the furthest level that its data come from (empty: not known)."""

    label: str
    roofs: Sequence[Roof]
    kernels: Sequence[tuple[str, Kernel]]

    @property
    def peak(self) -> float | None:
        """The highest flat roof."""
        return max((roof.rate for roof in self.roofs if roof.is_flat), default=None)


def house_of(machine: Machine) -> House:
    """Return what the profile of a machine says of it."""
    return House(machine.name, [*slanted(machine), *flat(machine)], [*streams(machine), *products(machine)])


def roof_over(kernel: Kernel, roofs: Sequence[Roof], level: str = "") -> Roof | None:
    """Return the roof that a kernel stands under: that of the furthest level whose roof it does not pass, else the nearest's.

    `level` is the furthest that its data can come from (empty: not known). Where the level would give more than the fastest
    arithmetic does, the roof is that.
    """
    peak = max((roof for roof in roofs if roof.is_flat), key=lambda roof: roof.rate, default=None)
    slants = [roof for roof in roofs if not roof.is_flat]
    names = [roof.name for roof in slants]
    reached = slants[: names.index(level) + 1] if level in names else slants
    above = [roof for roof in reached if roof.over(kernel.flops_per_byte) >= kernel.flops_per_second]
    found = next(iter(above[-1:] or reached[:1]), None)
    if found is None or (peak is not None and peak.rate < found.over(kernel.flops_per_byte)):
        return peak
    return found
