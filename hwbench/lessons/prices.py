"""The price list as a lesson reads it: one quantity, a load at a footprint, so many instructions; and sizes that fit levels.

Every price comes back as an `Item`: how many, of what, at how many ns each, and in which words of the profile, so that a
prediction can be shown as the sum that it is. A price that the profile lacks raises `Missing` with the profile's reason.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from hwbench.profile import store
from hwbench.units import KIB, MIB, format_bytes

if TYPE_CHECKING:
    from hwbench.records import Cause, HostFacts, Language, MachineProfile, Quantity

SMALLEST_FAR: Final = 64 * MIB
FAR_TIMES_LAST: Final = 8  # a footprint of eight last-level caches hits them one time in eight
ROOF: Final = "l1d.read_bandwidth"
PAGE: Final = 4 * KIB
TIMES_LEARNED: Final = 8
MEMORY_SHARE: Final = 1 / 16  # of the memory that a program may take: a lesson holds several arrays


class Missing(Exception):  # noqa: N818 - it says what is missing
    """A price that this machine's profile does not have; the text is the reason."""


@dataclass(frozen=True)
class Item:
    """So many events of a kind for a unit of work, at so many ns each (between two bounds), priced by which quantity."""

    text: str
    count: float
    price_ns: float
    low_ns: float
    high_ns: float
    quantity: str = ""
    cause: Cause | None = None

    def __post_init__(self) -> None:
        """Take numpy's numbers for Python's: a lesson may have reckoned with them, and records hold no others."""
        for name in ("count", "price_ns", "low_ns", "high_ns"):
            object.__setattr__(self, name, float(getattr(self, name)))

    @property
    def ns(self) -> float:
        """What it takes of a unit of work."""
        return self.count * self.price_ns

    def times(self, factor: float) -> Item:
        """Return the same item so many times."""
        return replace(self, count=self.count * factor)

    def called(self, text: str, cause: Cause | None = None) -> Item:
        """Return the item under another name, put down to a cause."""
        return replace(self, text=text, cause=cause or self.cause)


def longest(*items: Item) -> tuple[Item, ...]:
    """Return the one item that takes longest: what a core does at the same time hides behind it."""
    return (max(items, key=lambda item: item.ns),)


class Prices:
    """A machine profile as a price list."""

    def __init__(self, profile: MachineProfile) -> None:
        """Read the prices of a profile."""
        self.profile = profile

    def __getitem__(self, name: str) -> float:
        """Return the value of a quantity in its own unit; `Missing` where there is none."""
        return self._value(name)[0]

    def has(self, name: str) -> bool:
        """Whether the profile has a value of that name."""
        quantity = self.profile.quantities.get(name)
        return quantity is not None and quantity.value is not None

    def _quantity(self, name: str) -> Quantity:
        quantity = self.profile.quantities.get(name)
        if quantity is None or quantity.value is None:
            reason = quantity.unavailable if quantity and quantity.unavailable else "this profile does not have it"
            remedy = "; measure it: hwbench characterize" if self.profile.conditions.effort == "quick" else ""
            raise Missing(f"{name} was not measured ({reason}){remedy}")
        return quantity

    def _value(self, name: str) -> tuple[float, float, float]:
        quantity = self._quantity(name)
        value = float(quantity.value or 0.0)
        low, high = quantity.low, quantity.high
        return value, value if low is None else low, value if high is None else high

    def item(self, text: str, name: str, count: float = 1.0, cause: Cause | None = None) -> Item:
        """Return `count` events at the price of a quantity: in ns as it is, a rate (op/s, B/s, FLOP/s) turned over."""
        value, low, high = self._value(name)
        if self._quantity(name).unit != "ns":
            value, low, high = (1e9 / each if each > 0 else math.inf for each in (value, high, low))
        return Item(text, count, value, low, high, name, cause)

    def cycles(self, text: str, count: float = 1.0, cause: Cause | None = None) -> Item:
        """Return so many cycles of the core: a chain of additions, one a cycle."""
        return replace(self.item(text, "add.latency.i64", count, cause), text=text)

    def instructions(self, count: float, text: str = "instructions", cause: Cause = "instructions") -> Item:
        """Return so many simple instructions at the best rate of this core."""
        return self.item(text, "core.width", count, cause)

    def chain(self, text: str, *names: str, cause: Cause = "execution") -> Item:
        """Return operations that wait for each other, so that their latencies, of those quantities, add up."""
        values = [self._value(name) for name in names]
        value, low, high = (sum(column) for column in zip(*values, strict=True))
        return Item(text, 1.0, value, low, high, " + ".join(names), cause)

    def turn(self, instructions: float, taken: float) -> tuple[Item, ...]:
        """Return what the front end takes for a turn of a loop, all guesses right: its jumps that are taken, or its instructions."""
        return longest(
            self.item("jumps taken", "branch.taken.throughput", taken, "execution"), self.instructions(instructions)
        )

    def load(self, footprint: float, text: str = "", count: float = 1.0, *, curve: str = "latency_base") -> Item:
        """Return dependent loads from a footprint in bytes, priced by a latency curve: `latency_base`, `_huge`."""
        points = [p for p in self.profile.curves.get(curve, ()) if p.get("bytes", 0) > 0 and p.get("ns", 0) > 0]
        if len(points) < 2:
            raise Missing(f"the curve {curve} was not measured")
        value, low, high = (_at(points, footprint, key) for key in ("ns", "low", "high"))
        return Item(text or f"dependent loads from {format_bytes(footprint)}", count, value, low, high, curve, "cache")


def roof_of(here: Here) -> float | None:
    """Return the B/s that no program on this machine can read faster than; None where the profile does not say, or is another's."""
    profile = here.prices.profile
    if profile.host.name != store.this_host() or not here.prices.has(ROOF):
        return None
    return here.prices[ROOF]


def _at(points: list[dict[str, float]], footprint: float, key: str) -> float:
    """Interpolate on log scales between the points of a curve, its ends held."""
    ordered = sorted((point["bytes"], point.get(key) or point["ns"]) for point in points)
    if footprint <= ordered[0][0]:
        return ordered[0][1]
    for (left, first), (right, second) in pairwise(ordered):
        if footprint <= right:
            share = math.log(footprint / left) / math.log(right / left) if right > left else 1.0
            return float(first * (second / first) ** share)
    return ordered[-1][1]


@dataclass(frozen=True)
class Sizes:
    """Footprints in bytes that fit half of a level, and one that fits none; `last` is None without a third level."""

    line: int
    l1: int
    l2: int
    last: int | None
    far: int


def sizes_of(profile: MachineProfile, memory_bytes: int) -> Sizes:
    """Return the footprints of this machine; `memory_bytes` is what a program may take."""
    l1 = _capacity(profile, "l1d") or 32 * KIB
    l2 = _capacity(profile, "l2") or 8 * l1
    l3 = _capacity(profile, "l3")
    line = profile.quantities.get("l1d.line_size")
    last = max(l3 or 0, l2)
    far = max(SMALLEST_FAR, FAR_TIMES_LAST * last)
    far = max(min(far, int(memory_bytes * MEMORY_SHARE)), 2 * last)
    return Sizes(
        line=int((line.value if line and line.value else profile.host.line_size) or 64),
        l1=_whole_pages(l1 // 2),
        l2=_whole_pages(max(l2 // 2, l1)),
        last=None if l3 is None else _whole_pages(max(l3 // 2, l2)),
        far=_power_below(far),
    )


def _whole_pages(size: int) -> int:
    return max(size // PAGE * PAGE, PAGE)


def _power_below(size: int) -> int:
    return 1 << (max(size, 1).bit_length() - 1)


def _capacity(profile: MachineProfile, level: str) -> int | None:
    quantity = profile.quantities.get(f"{level}.capacity")
    value = None if quantity is None else quantity.value or quantity.nominal
    return int(value) if value else None


@dataclass(frozen=True)
class Here:
    """What a lesson may know of the machine: its prices, its sizes, its CPUs, and in which language the cases are for.

    `cpus` are logical CPUs on cores of their own, as far as the system tells; the first is the one that is measured on.
    """

    prices: Prices
    sizes: Sizes
    cpus: tuple[int, ...] = (0,)
    language: Language = "c"

    @property
    def host(self) -> HostFacts:
        """What the system and the processor say of themselves."""
        return self.prices.profile.host

    @property
    def page(self) -> int:
        """Bytes of a page of the usual kind."""
        return self.host.memory.base_page_bytes

    def lanes(self, number_bytes: int) -> int:
        """Return how many numbers of that size the widest register holds."""
        return max(self.host.cpu.vector_bits, default=128) // (8 * number_bytes)

    @property
    def unlearnable_outcomes(self) -> int:
        """How many outcomes of a branch no predictor knows by heart when they come again: many times what this one can learn."""
        return self._beyond(1 << 20, 1 << 22, "branch.pattern_length")

    @property
    def unlearnable_targets(self) -> int:
        """The same of the targets of an indirect jump."""
        return self._beyond(1 << 18, 1 << 21, "indirect.pattern_length", "branch.pattern_length")

    def _beyond(self, least: int, most: int, *names: str) -> int:
        learned = max((self.prices[name] for name in names if self.prices.has(name)), default=0.0)
        count = least
        while count < min(TIMES_LEARNED * learned, most):
            count *= 2
        return count

    def in_python(self, usual: int, smaller: int) -> int:
        """Return a smaller size where the cases are for plain Python, which is so much slower."""
        return smaller if self.language == "python" else usual
