"""Machines beside each other: a pure function of their profiles that says what differs by more than the intervals.

Two values differ where their intervals do not overlap. That is a strict test: intervals of one run each, of a machine whose state
drifts, can part without a different machine, and what overlaps may still differ. The ratio's interval is as wide as both
intervals allow: the least of one by the largest of the other (interval arithmetic, R. E. Moore, Interval Analysis, 1966).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

import msgspec

from hwbench import __version__
from hwbench.errors import UsageError
from hwbench.profile.noise import DISTURBED_PART, DISTURBED_SHARE
from hwbench.records import (
    Against,
    CacheClaim,
    ComparedMachine,
    ComparedQuantity,
    HostFacts,
    MachineComparison,
    MachineProfile,
    Quantity,
    Ratio,
)
from hwbench.units import format_bytes, format_rate, format_value

LEAST: Final = 2
NAMED: Final = 4  # of the quantities that carry a caution; the others are counted
NOT_TOLD: Final = "not told"
# Times of which a longer one is no cost.
NO_COST: Final = ("clock.resolution", "l2.residency", "llc.residency")


def compare(
    profiles: Sequence[MachineProfile], labels: Sequence[str] | None = None, *, taken: str = ""
) -> MachineComparison:
    """Return the machines beside each other, each later one against the first; `taken` is the moment, as records write it.

    UsageError for fewer than two, or where there are not as many labels as profiles.
    """
    if len(profiles) < LEAST:
        raise UsageError("a comparison takes two machine profiles or more: hwbench compare A.json B.json")
    named = labels_of(profiles) if labels is None else list(labels)
    if len(named) != len(profiles):
        raise UsageError(f"there are {len(profiles)} profiles and {len(named)} labels")
    names = dict.fromkeys(name for profile in profiles for name in profile.quantities)
    return MachineComparison(
        schema="hwbench.machines/1",
        hwbench=__version__,
        taken=taken,
        machines=tuple(_machine(profile, label) for profile, label in zip(profiles, named, strict=True)),
        quantities={name: _quantity(name, profiles) for name in names},
        facts=differing_facts([profile.host for profile in profiles]),
        notes=tuple(_notes(profiles, named)),
    )


def narrowed(comparison: MachineComparison, names: Iterable[str]) -> MachineComparison:
    """Return the comparison of some quantities only; KeyError for a name that it does not have."""
    return msgspec.structs.replace(comparison, quantities={name: comparison.quantities[name] for name in names})


def labels_of(profiles: Sequence[MachineProfile]) -> list[str]:
    """Return labels that differ: the host's name; of those alike also when it was measured, else the id; else a number."""
    names = [profile.host.name or "unnamed" for profile in profiles]
    moments = [f"{name} {one.taken[:16].replace('T', ' ')}" for name, one in zip(names, profiles, strict=True)]
    ids = [f"{name} {one.id}" for name, one in zip(names, profiles, strict=True)]
    labels = names
    for longer in (moments, ids):
        often = Counter(labels)
        labels = [more if often[label] > 1 else label for label, more in zip(labels, longer, strict=True)]
    if len(set(labels)) == len(labels):
        return labels
    return [f"{label} ({number})" for number, label in enumerate(labels, 1)]


def _machine(profile: MachineProfile, label: str) -> ComparedMachine:
    return ComparedMachine(
        label=label,
        id=profile.id,
        host=profile.host.name,
        cpu=profile.host.cpu.model,
        taken=profile.taken,
        effort=profile.conditions.effort,
    )


# ── one quantity ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _quantity(name: str, profiles: Sequence[MachineProfile]) -> ComparedQuantity:
    found = [profile.quantities[name] for profile in profiles if name in profile.quantities]
    unit = next((one.unit for one in found if one.is_available), found[0].unit)
    first, *later = values = [_value(name, unit, profile) for profile in profiles]
    return ComparedQuantity(
        unit=unit,
        values=tuple(values),
        against=tuple(against(first, other) for other in later),
        better=better(name, unit),
    )


def _value(name: str, unit: str, profile: MachineProfile) -> Quantity:
    """Return a profile's quantity without method and samples, or why it has none."""
    found = profile.quantities.get(name)
    if found is None:
        return Quantity(unit=unit, unavailable=_why_absent(profile))
    if found.value is not None and not math.isfinite(found.value):
        return Quantity(unit=found.unit, unavailable="its value is no finite number")
    return Quantity(
        unit=found.unit,
        value=found.value,
        low=_finite(found.low),
        high=_finite(found.high),
        caution=found.caution,
        unavailable=None if found.value is not None else found.unavailable or "no reason was kept",
    )


def _finite(bound: float | None) -> float | None:
    return bound if bound is not None and math.isfinite(bound) else None


def _why_absent(profile: MachineProfile) -> str:
    if profile.conditions.only:
        return f"not measured: only {', '.join(profile.conditions.only)} was asked for"
    if profile.incomplete:
        return f"not measured: {profile.incomplete}"
    return f"not in this profile, taken with {profile.conditions.effort} effort by hwbench {profile.hwbench}"


def against(first: Quantity, later: Quantity) -> Against:
    """Return how a later machine's value stands to the first's."""
    reason = _why_not(first, later)
    if first.value is None or later.value is None or first.unit != later.unit:
        return Against(reason=reason)
    ends, other = _ends(first), _ends(later)
    differs = None if ends is None or other is None else ends[1] < other[0] or other[1] < ends[0]
    return Against(ratio=_ratio(first, later), differs=differs, reason=reason)


def _why_not(first: Quantity, later: Quantity) -> str:
    """Say why it cannot be said whether two values differ; empty where it can."""
    sides = {"the first": first, "this one": later}
    missing = [side for side, quantity in sides.items() if quantity.value is None]
    if missing:
        return "both have no value" if len(missing) == LEAST else f"{missing[0]} has no value"
    if first.unit != later.unit:
        return f"the units differ: {first.unit or 'none'} and {later.unit or 'none'}"
    open_ = [side for side, quantity in sides.items() if _ends(quantity) is None]
    return f"no interval was kept of {' and '.join(open_)}" if open_ else ""


def _ends(quantity: Quantity) -> tuple[float, float] | None:
    """Return the ends of a quantity's interval, the upper one infinite where it is open; None where it has no interval."""
    if quantity.value is None or quantity.low is None:
        return None
    high = math.inf if quantity.high is None else quantity.high
    return min(quantity.low, high, quantity.value), max(quantity.low, high, quantity.value)


def _ratio(first: Quantity, later: Quantity) -> Ratio | None:
    """Return the ratio with its interval; None where the values are not positive, or may both be any larger."""
    if first.value is None or later.value is None or min(first.value, later.value) <= 0:
        return None
    if first.is_lower_bound and later.is_lower_bound:
        return None
    value = later.value / first.value
    if not math.isfinite(value) or value == 0:
        return None
    ends, other = _ends(first), _ends(later)
    if ends is None or other is None or ends[0] <= 0:
        return Ratio(value=value)
    low = None if math.isinf(ends[1]) else other[0] / (ends[1] if other[0] > 0 else ends[0])
    return Ratio(value=value, low=_finite(low), high=_finite(other[1] / ends[0]))


def better(name: str, unit: str) -> Literal["lower", "higher"] | None:
    """Say whether lower or higher is faster: of a cost the lower, of a rate the higher; of a size or a count neither."""
    if unit == "ns":
        return None if name in NO_COST else "lower"
    return "higher" if unit.endswith("/s") else None


# ── what the hosts say ────────────────────────────────────────────────────────────────────────────────────────────────


def differing_facts(hosts: Sequence[HostFacts]) -> dict[str, tuple[str, ...]]:
    """Return what the hosts say of themselves, as text, where they do not all say the same."""
    told = [_facts(host) for host in hosts]
    names = dict.fromkeys(name for facts in told for name in facts)
    every = {name: tuple(facts.get(name) or NOT_TOLD for facts in told) for name in names}
    return {name: texts for name, texts in every.items() if len(set(texts)) > 1}


def _facts(host: HostFacts) -> dict[str, str]:
    cpu, memory = host.cpu, host.memory
    return {
        "CPU": cpu.model,
        "microarchitecture": cpu.microarchitecture,
        "architecture": cpu.architecture,
        "kernel": f"{host.system} {host.release}".strip(),
        "hypervisor": host.hypervisor or "none seen",
        "container": host.container or "none seen",
        "CPUs that may be used": str(len(host.usable_cpus)) if host.usable_cpus else "",
        "CPU quota": "none" if host.cpu_quota is None else f"{host.cpu_quota:g} CPUs",
        "vector widths": f"{', '.join(map(str, sorted(cpu.vector_bits)))} bits" if cpu.vector_bits else "",
        "nominal clock": format_rate(cpu.nominal_hertz, "Hz") if cpu.nominal_hertz else "",
        "memory": format_bytes(memory.total_bytes),
        "memory limit": format_bytes(memory.limit_bytes) if memory.limit_bytes else "none",
        "pages": format_bytes(memory.base_page_bytes),
        "huge pages": memory.huge_pages,
        **{f"claimed L{claim.level} {claim.kind} cache": _claim(claim) for claim in host.caches},
    }


def _claim(claim: CacheClaim) -> str:
    parts = [
        format_bytes(claim.bytes),
        f"{claim.associativity} ways" if claim.associativity else "",
        f"lines of {claim.line_size} B" if claim.line_size else "",
        f"shared by {len(claim.shared_by)} CPUs" if len(claim.shared_by) > 1 else "",
    ]
    return ", ".join(part for part in parts if part)


# ── what makes it doubtful ────────────────────────────────────────────────────────────────────────────────────────────


def _notes(profiles: Sequence[MachineProfile], labels: Sequence[str]) -> Iterator[str]:
    yield from _unlike(profiles)
    for profile, label in zip(profiles, labels, strict=True):
        yield from (f"{label}: {note}" for note in _doubts(profile))


def _unlike(profiles: Sequence[MachineProfile]) -> Iterator[str]:
    """Say in what the runs were not alike."""
    if len({profile.id for profile in profiles}) < len(profiles):
        yield "a profile stands here more than once"
    efforts = dict.fromkeys(profile.conditions.effort for profile in profiles)
    if len(efforts) > 1:
        yield f"taken with different effort ({', '.join(efforts)}): quick figures have fewer samples, and some are not there"
    versions = dict.fromkeys(profile.hwbench for profile in profiles)
    if len(versions) > 1:
        yield f"taken by different versions of hwbench ({', '.join(versions)}): a quantity may be measured in another way"


def _doubts(profile: MachineProfile) -> Iterator[str]:
    """Say what was wrong while a profile was taken."""
    conditions = profile.conditions
    allowed = max(DISTURBED_SHARE, DISTURBED_PART * len(profile.host.cores))
    if (conditions.steal_share or 0.0) >= allowed:
        yield f"the hypervisor took {conditions.steal_share:.0%} of a CPU while it was measured"
    if (conditions.other_load or 0.0) >= allowed:
        yield f"other processes used {conditions.other_load:.0%} of a CPU while it was measured"
    if profile.incomplete:
        yield f"incomplete: {profile.incomplete}"
    if conditions.only:
        yield f"restricted to {', '.join(conditions.only)}"
    careful = [name for name, quantity in profile.quantities.items() if quantity.is_available and quantity.caution]
    if careful:
        more = f" and {len(careful) - NAMED} more" if len(careful) > NAMED else ""
        yield f"measured with caution: {', '.join(careful[:NAMED])}{more}"


def measured(quantity: Quantity, *, interval: bool = True) -> str:
    """Return a value as a person reads it, with or without its interval; empty where there is none."""
    if quantity.value is None or interval:
        return quantity.measured
    text = format_value(quantity.value, quantity.unit)
    return f"≥ {text}" if quantity.is_lower_bound else text
