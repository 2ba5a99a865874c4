"""The things worth knowing of a machine, in order of weight: a pure function of its profile.

Each rule looks at one kind of surprise and gives one line with a weight, or nothing. The weight says by what factor an
engineer who trusted the claims would be wrong (its binary logarithm), so that rules of different kinds can be compared.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from hwbench.profile.noise import MEANWHILE
from hwbench.units import format_bytes, format_time, format_value, significant

if TYPE_CHECKING:
    from hwbench.records import MachineProfile, Quantity

MOST: Final = 3
LEVEL_NAMES: Final = {"l1d": "L1", "l2": "L2", "l3": "L3", "l4": "L4"}
NOTHING_WEIGHT: Final = 5.0
CAPACITY_SHARE: Final = 0.8
DRIFT_RATIO: Final = 1.2
GAIN_RATIO: Final = 1.1
SHORT_RESIDENCY_NS: Final = 1e9
FAR_LINE_NS: Final = 100.0
UNSHARED_RATIO: Final = 3.0
SHARED_LINE_NS: Final = 60.0
COUNTER_WORDS: Final = ("counter", "pmu", "perf")
NO_COUNTERS: Final = "no counters here"
COUNTERS_WEIGHT: Final = 0.3
SLOW_CORE: Final = 0.9
SHARED_CORE: Final = 1.5  # of a rate that nothing but the other thread of a core slows down


class Finding(NamedTuple):
    """One line, and how much it weighs: the binary logarithm of a factor."""

    weight: float
    text: str


Rule = Callable[["MachineProfile"], "Iterator[Finding]"]


def findings(profile: MachineProfile, most: int = MOST) -> tuple[str, ...]:
    """Return the weightiest findings of a profile, at most `most`; none where nothing surprises."""
    every = [finding for rule in RULES for finding in rule(profile)]
    return tuple(finding.text for finding in sorted(every, key=lambda finding: -finding.weight)[:most])


def capacities(profile: MachineProfile) -> Iterator[Finding]:
    """Find caches of which less (or more) answers at their speed than is claimed."""
    for stem, level in LEVEL_NAMES.items():
        absent = profile.quantities.get(f"{stem}.capacity")
        if absent is not None and absent.value is None and absent.nominal and absent.unavailable:
            text = f"claims {format_bytes(absent.nominal)} of {level}, of which none was found"
            yield Finding(NOTHING_WEIGHT, f"{text}: {absent.unavailable}")
        capacity = _get(profile, f"{stem}.capacity")
        if capacity is None or not capacity.nominal or capacity.agrees:
            continue
        ratio = _value(capacity) / capacity.nominal
        claimed, real = format_bytes(capacity.nominal), format_bytes(_value(capacity))
        if ratio < CAPACITY_SHARE:
            why = "shared with neighbours" if profile.host.hypervisor else "others use the rest, or may not be evicted"
            yield Finding(
                -math.log2(ratio), f"claims {claimed} of {level}; {real} of it answer at {level} speed now: {why}"
            )
        elif ratio > 1 / CAPACITY_SHARE:
            yield Finding(math.log2(ratio), f"claims {claimed} of {level}, yet {real} answer at {level} speed")


def drift(profile: MachineProfile) -> Iterator[Finding]:
    """Find that the price of memory moved while it was taken."""
    quantity = _get(profile, "dram.latency")
    if quantity is None or not quantity.low or not quantity.high:
        return
    ratio = quantity.high / quantity.low
    if ratio >= DRIFT_RATIO:
        span = f"{significant(quantity.low)}–{format_time(quantity.high)}"
        text = f"DRAM latency drifted {span} while measuring: take it again beside whatever it is to explain"
        yield Finding(math.log2(ratio), text)


def far_lines(profile: MachineProfile) -> Iterator[Finding]:
    """Find cores that claim to share a cache while a line between them takes a trip through memory."""
    shared = profile.host.cache(3)
    if shared is None or len(shared.shared_by) < 2:
        return
    who = "both cores claim" if len(shared.shared_by) == 2 else "the cores claim"
    line, theirs, own = (_get(profile, name) for name in ("core_to_core.latency", "l3.shared_latency", "l3.latency"))
    if theirs is not None and own is not None:  # the plain test of sharing: a slow line between them says less
        if _value(theirs) <= UNSHARED_RATIO * _value(own):
            return
        costs = f"{format_time(_value(theirs))} a load, what it read itself {format_time(_value(own))}"
        text = f"{who} to share the L3, yet what another has just read costs one {costs}"
        yield Finding(math.log2(_value(theirs) / _value(own)), text)
        return
    if line is None or _value(line) < FAR_LINE_NS:
        return
    text = f"{who} to share the L3, yet a line takes {format_time(_value(line))} between them"
    yield Finding(math.log2(_value(line) / SHARED_LINE_NS), text)


def huge_pages(profile: MachineProfile) -> Iterator[Finding]:
    """Find that huge pages make random loads from memory cheaper."""
    gain = _get(profile, "huge_pages.gain")
    if gain is not None and _value(gain) >= GAIN_RATIO:
        text = f"huge pages make random loads from memory {significant(_value(gain))} times cheaper"
        yield Finding(math.log2(_value(gain)), text)


def residency(profile: MachineProfile) -> Iterator[Finding]:
    """Find that caches lose what is left alone for a short while."""
    for name, cache in (("l2.residency", "second-level"), ("llc.residency", "last-level")):
        kept = _get(profile, name)
        if kept is not None and kept.unit == "ns" and not kept.is_lower_bound and 0 < _value(kept) < SHORT_RESIDENCY_NS:
            text = f"the {cache} cache forgets what is not touched for {format_time(_value(kept))}"
            weight = 1.0 + 0.1 * math.log10(SHORT_RESIDENCY_NS / _value(kept))
            yield Finding(weight, f"{text}: slow programs pay more a load")
            return


def shared_core(profile: MachineProfile) -> Iterator[Finding]:
    """Find that a core was shared with someone on its other thread: the branches that it takes come at half the rate, at times."""
    rate = _get(profile, "branch.taken.throughput")
    if rate is None or not rate.low or not rate.high or rate.high / rate.low < SHARED_CORE:
        return
    whose = "another machine's" if profile.host.hypervisor else "another program's"
    text = f"this core's other thread works at times, and is {whose}: taken branches come at {significant(rate.low / 1e9)} to"
    yield Finding(math.log2(rate.high / rate.low), f"{text} {significant(rate.high / 1e9)} G a second")


def counters(profile: MachineProfile) -> Iterator[Finding]:
    """Find that there are no hardware counters."""
    for fact, reason in profile.host.missing.items():
        if any(word in fact.lower() for word in COUNTER_WORDS):
            yield Finding(COUNTERS_WEIGHT, f"{NO_COUNTERS}: {reason}")
            return
    for note in profile.conditions.notes:
        if note.startswith(NO_COUNTERS):
            yield Finding(COUNTERS_WEIGHT, note)
            return


def disturbed(profile: MachineProfile) -> Iterator[Finding]:
    """Find that much was measured while the machine was disturbed."""
    there = [quantity for quantity in profile.quantities.values() if quantity.is_available]
    doubtful = [quantity for quantity in there if MEANWHILE in (quantity.caution or "")]
    if not doubtful:
        return
    share = len(doubtful) / len(there)
    why = str(doubtful[0].caution)
    text = f"{len(doubtful)} of {len(there)} quantities were taken while something disturbed them ({why})"
    yield Finding(2 * share, f"{text}: see their caution")


def disagreements(profile: MachineProfile) -> Iterator[Finding]:
    """Find other figures that are not what is claimed."""
    for name, quantity in profile.quantities.items():
        if quantity.agrees is not False or quantity.caution or not quantity.nominal or _value(quantity) <= 0:
            continue
        if name.endswith(".capacity"):
            continue  # `capacities` says more of those
        ratio = _value(quantity) / quantity.nominal
        if name == "core.frequency" and ratio > SLOW_CORE:
            continue  # a core that runs faster than its nominal clock is usual
        claimed, real = format_value(quantity.nominal, quantity.unit), format_value(_value(quantity), quantity.unit)
        yield Finding(0.5 * abs(math.log2(ratio)), f"{name} is {real}, while {claimed} is claimed")


RULES: Final[tuple[Rule, ...]] = (
    capacities,
    drift,
    far_lines,
    huge_pages,
    residency,
    shared_core,
    counters,
    disturbed,
    disagreements,
)


def _get(profile: MachineProfile, name: str) -> Quantity | None:
    """Return a quantity that is there and has a value above zero."""
    quantity = profile.quantities.get(name)
    return quantity if quantity is not None and (quantity.value or 0) > 0 else None


def _value(quantity: Quantity) -> float:
    return quantity.value or 0.0
